/** sendmail(8), mailq(1), newaliases(1): options from option-texts.ts, differences from SENDMAIL.md. Pure. */
import { MODE_TEXTS, OPTION_TEXTS, type OptionText, QUEUE_TEXTS, SETTABLE_TEXTS } from '../option-texts.js';
import { environment, exitStatuses, files } from './common.js';
import { type Block, heading, item, literal, type Page, paragraph } from './roff.js';

const MANUAL = 'Outtray';

/** Case apart, as people look for them: -b, -B. */
const byLetter = (a: OptionText, b: OptionText): number =>
  a.letter.toLowerCase().localeCompare(b.letter.toLowerCase()) || (a.letter < b.letter ? 1 : -1);

/** `-f <address>`, `-q<interval>`. */
function term({ letter, argument }: OptionText): string {
  if (argument === undefined) return `\`-${letter}\``;
  const optional = /^\[(.*)\]$/.exec(argument);
  const words = (optional?.[1] ?? argument).replace(/[a-z]{3,}/g, (word) =>
    /[|]/.test(argument) ? word : `<${word}>`,
  );
  return optional === null ? `\`-${letter}\` ${words}` : `\`-${letter}\`[${words}]`;
}

/** `differences`: SENDMAIL.md. */
export function sendmailPage(differences: string): Page {
  return {
    name: 'sendmail',
    section: 8,
    manual: MANUAL,
    summary: 'queue mail safely and let it leave when it can',
    blocks: [
      heading('Synopsis'),
      paragraph('`sendmail` [<options>] <address> ...'),
      paragraph('`sendmail -t` [<options>]'),
      paragraph('`sendmail -bs`'),
      paragraph('`sendmail -Ac -q`[<interval>] [`-v`]'),
      heading('Description'),
      paragraph(
        'This is the sendmail of Outtray: command line, words, exit statuses and queue files are those of sendmail 8.17 as a submission program (FEATURE(msp)). It stores the message in the queue and waits for nothing else: no network, no DNS, no keychain, no agent. The agent, outtray(1), sends it when its relay can be reached.',
      ),
      paragraph(
        'The message is read from standard input up to its end, or, without `-i`, to a line with a dot alone. The first word that is no option ends the options; so does `--`.',
      ),
      paragraph(
        'Header fields whose names begin `X-Outtray-` are for this program and do not leave it. With `X-Outtray-Require-TLS: yes` the message leaves only where the relay promises to hand it on by TLS alone (REQUIRETLS, RFC 8689); elsewhere it is refused with 5.7.30, which holds it and shows it. Reports about it have its header alone.',
      ),
      heading('Options'),
      ...[...OPTION_TEXTS].sort(byLetter).map((option) => item(term(option), option.does)),
      heading('Modes'),
      ...MODE_TEXTS.map(({ letter, does }) => item(`\`-b${letter}\``, does)),
      paragraph(
        'Called as `mailq` it is `-bp`, as `newaliases` `-bi`, as `hoststat` `-bh`, as `purgestat` `-bH`, as `smtpd` `-bd`.',
      ),
      heading('Queue runs'),
      paragraph(
        'A run tries what is queued, whatever the schedule says; held and lost messages are left alone. Several filters of one kind mean any of them, of different kinds all of them. Runs may go beside each other and beside the agent: each message is locked. Only root and the owner of the queue directory may run it.',
      ),
      ...QUEUE_TEXTS.map(({ flag, does }) => item(`\`-q${flag}\``, does)),
      paragraph(
        'A runner (`-q30m`, `-qp`) writes `sm-client.pid` into the queue directory: its process id, and its command line on the second line. SIGTERM ends it after the message at hand, SIGHUP replaces it by a new one of the same command line; SIGINT ends only runs in the foreground. The agent needs no runner: it knows when a run is worth it.',
      ),
      heading('Settable options'),
      paragraph(
        'Of `-O` and `-o` these have an effect. All other names of sendmail are taken without; unknown ones are refused.',
      ),
      ...SETTABLE_TEXTS.map(({ name, letter, does }) =>
        item(`\`${name}\`${letter === '' ? '' : ` (\`-o${letter}\`)`}`, does),
      ),
      ...exitStatuses(),
      heading('Differences from sendmail'),
      paragraph('Where sendmail loses mail or waits, this program does not. What differs, sendmail first:'),
      ...differenceItems(differences),
      ...environment(),
      item('`NAME`', 'Full name of the sender, where `-F` gives none.'),
      ...files('settings', 'queue', 'runner', 'log'),
      heading('Examples'),
      paragraph('A message with its recipients in the header:'),
      literal('sendmail -t -i < message'),
      paragraph('One that is tried at once, with what is said:'),
      literal('sendmail -v bob@example.org < message'),
      paragraph('All that is queued, now:'),
      literal('sendmail -Ac -q -v'),
      seeAlso('mailq(1)', 'newaliases(1)', 'outtray(1)', 'outtray-settings(5)'),
    ].flat(),
  };
}

/** The rows of its table. */
function differenceItems(markdown: string): Block[] {
  return markdown.split('\n').flatMap((line) => {
    // A bar in a cell is written \|.
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));
    const [before, theirs, ours, reason] = cells;
    if (before !== '' || theirs === undefined || ours === undefined || /^-+$|^sendmail 8/.test(theirs)) return [];
    return [item(theirs, `${ours}${reason === undefined || reason === '' ? '' : ` (${reason})`}`)];
  });
}

export function mailqPage(): Page {
  const selection = QUEUE_TEXTS.filter(({ flag }) => /^[IRSQL!]/.test(flag));
  return {
    name: 'mailq',
    section: 1,
    manual: MANUAL,
    summary: 'list the mail queue',
    blocks: [
      heading('Synopsis'),
      paragraph('`mailq` [`-Ac`] [`-v`] [`-q`<filter> ...]'),
      heading('Description'),
      paragraph(
        'Lists the messages of the queue as sendmail does, the next of a run first: queue id, size of the body, time, sender; below, if held, `QUARANTINE:` and the reason, in brackets why it has not gone, and the recipients that are left. `outtray queue list` says the same in plain words, and what happens next.',
      ),
      paragraph('The mark behind the queue id:'),
      item('`*`', 'A run has it.'),
      item('`-`', 'Tried too short a time ago (`-O MinQueueAge`).'),
      item('`X`', 'The load is too high for it (`-O QueueLA`).'),
      item('`?`', 'Lost: its control file cannot be used; its bytes are kept.'),
      heading('Options'),
      item('`-v`', 'Priority, whole addresses, users in control; a `+` where the sender has been warned.'),
      item('`-Ac`', 'Taken: there is one queue.'),
      ...selection.map(({ flag, does }) => item(`\`-q${flag}\``, does)),
      paragraph('Others are those of sendmail(8), of which this is `sendmail -bp`.'),
      ...exitStatuses(['OK', 'USAGE', 'CONFIG']),
      ...environment(),
      ...files('settings', 'queue'),
      seeAlso('sendmail(8)', 'outtray(1)'),
    ].flat(),
  };
}

export function newaliasesPage(): Page {
  return {
    name: 'newaliases',
    section: 1,
    manual: MANUAL,
    summary: 'check the mail aliases',
    blocks: [
      heading('Synopsis'),
      paragraph('`newaliases`'),
      heading('Description'),
      paragraph(
        'Reads the files of aliases and says line by line what will not work: `aliases` beside the settings, then those that `aliases` in outtray-settings(5) names, such as /etc/aliases. There is no database to build: they are read when a message to a local name is taken, so a change holds at once. Their syntax is that of /etc/aliases:',
      ),
      literal('root: me@example.org', 'postmaster, webmaster: root'),
      paragraph('Programs, files and includes (`|`, `/`, `:include:`) are never carried out.'),
      ...exitStatuses(['OK', 'DATAERR', 'NOINPUT', 'NOPERM']),
      ...environment(),
      ...files('settings'),
      seeAlso('sendmail(8)', 'outtray-settings(5)'),
    ].flat(),
  };
}

export function seeAlso(...pages: string[]): Block[] {
  return [heading('See also'), paragraph(pages.join(', '))];
}
