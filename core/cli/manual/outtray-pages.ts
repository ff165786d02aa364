/** outtray(1) from the table of commands, outtray-settings(5) from the schema. Pure. */
import { SETTING_TEXTS } from '../../config/setting-texts.js';
import { type SettingEntry, settingEntries } from '../../config/settings-schema.js';
import { usageOf } from '../command-form.js';
import { ALL_COMMANDS } from '../command-table.js';
import { optionRow, optionsOf } from '../help.js';
import { environment, exitStatuses, files } from './common.js';
import { type Block, heading, item, literal, type Page, paragraph, subheading } from './roff.js';
import { seeAlso } from './sendmail-pages.js';

const MANUAL = 'Outtray';

export function outtrayPage(): Page {
  return {
    name: 'outtray',
    section: 1,
    manual: MANUAL,
    summary: 'a sendmail for laptops: the agent, the queue and the relays',
    blocks: [
      heading('Synopsis'),
      paragraph('`outtray` <command> [<argument> ...]'),
      heading('Description'),
      paragraph(
        'Programs hand mail to sendmail(8), which queues it at once. The agent sends it when the relay can be reached: after a wake, on another network, behind a VPN. Being offline costs a message nothing. Each message leaves through the relay that serves its sender and no other, and leaves the queue only after the relay has taken it.',
      ),
      paragraph('To begin with:'),
      literal(
        'outtray relay add home --host smtp.example.org --user me@example.org',
        'outtray relay password home',
        'outtray relay test home',
        'outtray agent start',
      ),
      heading('Commands'),
      ...Object.keys(ALL_COMMANDS).flatMap(command),
      subheading('outtray help'),
      item('`outtray help` [<command>]', 'What there is, or what there is to say of one command.'),
      heading('The agent'),
      paragraph(
        '`outtray agent` runs in its terminal until Ctrl-C. `start`, `stop`, `restart`, `try-restart`, `reload`, `force-reload` and `status` are those of an init script. SIGTERM stops it after the answer to the message at hand; SIGHUP has it read its settings again, unless it runs in a terminal that goes away. It reads changed settings by itself, too. One agent works on a queue; a second one only shows.',
      ),
      ...exitStatuses(),
      paragraph('`outtray agent status` answers 0, 1, 3 or 4 instead, as above.'),
      ...environment(),
      item(
        '`VISUAL`, `EDITOR`',
        'The editor of `outtray queue edit`, with its options; without either: editor, vi or nano.',
      ),
      ...files('settings', 'queue', 'log', 'state', 'practice'),
      seeAlso('sendmail(8)', 'mailq(1)', 'newaliases(1)', 'outtray-settings(5)'),
    ].flat(),
  };
}

function command(name: string): Block[] {
  const { does, forms } = ALL_COMMANDS[name] ?? { does: '', forms: {} };
  const entries = Object.entries(forms);
  const options = [...optionsOf(forms)];
  return [
    subheading(`outtray ${name}`),
    ...(entries.length > 1 ? [paragraph(`${does.charAt(0).toUpperCase()}${does.slice(1)}.`)] : []),
    ...entries.map(([formName, form]) => item(`\`${usageOf(name, formName, form)}\``, sentence(form.does))),
    ...options.map((entry) => {
      const [term, words] = optionRow(entry);
      return item(`\`${term}\``, sentence(words));
    }),
  ];
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

export function settingsPage(): Page {
  const entries = settingEntries();
  return {
    name: 'outtray-settings',
    section: 5,
    manual: MANUAL,
    summary: 'the settings of Outtray',
    blocks: [
      heading('Description'),
      paragraph(
        '`settings.json` is JSON with comments. Everything may be left out; what is left out is safe. `outtray settings path` says where it is, `outtray settings check` what is wrong with it, by line; `outtray settings schema` is its JSON Schema, for editors. A running agent follows a change at once, for mail that is queued already, too. A mistake never keeps mail from being accepted, and never sends it by another relay.',
      ),
      paragraph('Durations are written `90s`, `10m`, `4h`, `5d`, sizes `500kB`, `50MB`.'),
      heading('Example'),
      literal(...EXAMPLE.split('\n')),
      heading('Settings'),
      paragraph('A star stands for a name of your own.'),
      ...entries.map((entry) => item(`\`${entry.key}\``, `${SETTING_TEXTS[entry.key] ?? ''} ${facts(entry)}`.trim())),
      ...files('settings'),
      seeAlso('outtray(1)', 'sendmail(8)', 'newaliases(1)'),
    ].flat(),
  };
}

function facts({ type, default: fallback, required, isSection }: SettingEntry): string {
  if (isSection) return '';
  const value = required ? 'Required' : fallback === null ? null : `Default \`${fallback}\``;
  return `(${[type, value].filter((part) => part !== null).join('. ')}.)`;
}

/** Held to the schema by a test. */
export const EXAMPLE = `{
  "masqueradeAs": "example.org",
  "relays": {
    "home": {
      "host": "smtp.example.org", "port": 465, "security": "tls",
      "auth": { "method": "password", "user": "me@example.org" }
    },
    "work": {
      "host": "mail.example.com", "port": 587, "security": "starttls",
      "auth": { "method": "password", "user": "me" },
      "from": ["me@example.com", "*@lists.example.com"]
    }
  },
  "defaultRelay": "home" // all other senders
}`;
