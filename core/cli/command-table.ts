/**
 * Every command of `outtray`: its forms (`relay add`), their words and options, and what each does in a
 * sentence. The one table behind parsing, help, outtray(1) and shell completion. Loaded by
 * `outtray` alone, never on the way of a message. Pure.
 */
import type { Command, Form } from './command-form.js';

const JSON_OPTION = { json: { type: 'boolean', does: 'print JSON for programs' } } as const;
const PRACTICE_OPTION = {
  practice: { type: 'boolean', does: 'with the practice relay: mail goes to a Maildir and nowhere else' },
} as const;
const MOST_WORDS = 100_000;
const SOME_MESSAGES = {
  words: 'ID...|all',
  count: [1, MOST_WORDS],
  names: 'messages',
  options: JSON_OPTION,
} as const;
const ONE_RELAY = { words: 'NAME', count: [1, 1], names: 'relays', options: JSON_OPTION } as const;

function form<const F extends Omit<Form, 'count' | 'words' | 'options'> & Partial<Form>>(
  entry: F,
): F & Pick<Form, 'count' | 'words'> & { readonly options: F extends { options: infer O } ? O : Record<never, never> } {
  return { words: '', count: [0, 0], options: {}, ...entry } as never;
}

const SHELLS = ['bash', 'zsh', 'fish'] as const;
export const MAN_PAGES = ['outtray', 'outtray-settings', 'sendmail', 'mailq', 'newaliases'] as const;

export const COMMANDS = {
  agent: {
    does: 'send queued mail whenever the relay can be reached',
    usual: 'run',
    forms: {
      run: form({ does: 'run in this terminal until stopped (also without a word)', options: PRACTICE_OPTION }),
      start: form({
        does: 'start it behind the terminal; ends when it is up, or says why it is not',
        options: { ...PRACTICE_OPTION, ...JSON_OPTION },
      }),
      stop: form({ does: 'stop it after the message at hand; ends when it has gone', options: JSON_OPTION }),
      restart: form({
        does: 'stop it and start it again, practising if it did',
        options: { ...PRACTICE_OPTION, ...JSON_OPTION },
      }),
      'try-restart': form({ does: 'restart it if it runs', options: JSON_OPTION }),
      reload: form({ does: 'make it read its settings again', options: JSON_OPTION }),
      'force-reload': form({ does: 'the same as reload', options: JSON_OPTION }),
      status: form({
        does: 'say whether it runs; exit status 0: it does, 1: it died, 3: it does not, 4: it does not answer',
        options: JSON_OPTION,
      }),
    },
  },
  open: {
    does: 'show the Outbox in the browser',
    usual: '',
    forms: {
      '': form({
        does: 'show the Outbox in the browser; without an agent, one runs here until stopped',
        options: { 'no-browser': { type: 'boolean', does: 'only print the address, which opens once' } },
      }),
    },
  },
  status: {
    does: 'what is queued, and whether it can leave',
    usual: '',
    forms: { '': form({ does: 'what is queued, and whether it can leave', options: JSON_OPTION }) },
  },
  queue: {
    does: 'look at queued messages and act on them',
    usual: 'list',
    forms: {
      list: form({ does: 'all messages, with why each has not gone (also without a word)', options: JSON_OPTION }),
      show: form({
        words: 'ID',
        count: [1, 1],
        names: 'message',
        does: 'one message whole and its attempts, or what became of one that left lately',
        options: JSON_OPTION,
      }),
      send: form({
        words: '[ID...|all]',
        count: [0, MOST_WORDS],
        names: 'messages',
        does: 'try now, whatever the schedule says; held messages that are named are released first',
        options: JSON_OPTION,
      }),
      hold: form({
        ...SOME_MESSAGES,
        does: 'keep messages from being sent, until released or, with --until, until then',
        options: {
          until: {
            type: 'string',
            argument: 'WHEN',
            does: 'send them then: 2h, 17:30, tomorrow 8:00, 2026-12-24 17:30, or a date as in a Date field',
          },
          ...JSON_OPTION,
        },
      }),
      cancel: form({
        words: 'ID',
        count: [1, 1],
        names: 'message',
        does: 'stop a message in the middle of being sent, before its end; it is held then',
        options: JSON_OPTION,
      }),
      release: form({ ...SOME_MESSAGES, does: 'let held messages go again' }),
      remove: form({ ...SOME_MESSAGES, does: 'delete messages for good' }),
      edit: form({
        words: 'ID',
        count: [1, 1],
        names: 'message',
        does: 'change a message that has not gone, envelope, header and body, in $VISUAL or $EDITOR, or by these options; it is queued anew then, under another ID',
        options: {
          to: {
            type: 'string',
            argument: 'ADDRESS',
            multiple: true,
            does: 'these are all its recipients; where one takes the place of one, To and Cc follow',
          },
          from: { type: 'string', argument: 'ADDRESS', does: 'its sender; From follows where it is the one before' },
          subject: { type: 'string', argument: 'TEXT', does: 'its subject' },
          ...JSON_OPTION,
        },
      }),
      export: form({
        words: 'ID [FILE]',
        count: [1, 2],
        names: 'message',
        does: 'write a message as it would be sent, without Bcc, to standard output or a new file (.eml)',
      }),
    },
  },
  relay: {
    does: 'the mail servers that mail leaves through',
    usual: 'list',
    forms: {
      list: form({ does: 'all relays and how they are (also without a word)', options: JSON_OPTION }),
      add: form({
        words: 'NAME',
        count: [1, 1],
        does: 'set one up',
        options: {
          host: { type: 'string', argument: 'HOST', required: true, does: 'name of the mail server' },
          port: {
            type: 'string',
            argument: 'PORT',
            does: '465 with tls, 587 with starttls, 25 with none if not given',
          },
          security: {
            type: 'string',
            argument: 'HOW',
            choices: ['tls', 'starttls', 'none'],
            does: 'how it is encrypted: tls, starttls, or none, which is for this computer alone; tls if neither this nor a port is given',
          },
          user: { type: 'string', argument: 'USER', does: 'sign in by this name; the password goes to the keychain' },
          from: {
            type: 'string',
            argument: 'PATTERN',
            multiple: true,
            does: 'senders it serves, such as me@example.org or *@example.org',
          },
          default: { type: 'boolean', does: 'it serves all senders that no other relay serves' },
          ...JSON_OPTION,
        },
      }),
      test: form({ ...ONE_RELAY, does: 'go the way to it step by step, without sending anything' }),
      password: form({
        ...ONE_RELAY,
        does: 'store its password in the keychain: asked for without echo, or one line of standard input',
      }),
      remove: form({ ...ONE_RELAY, does: 'forget it and its password; mail it served waits for another' }),
    },
  },
  pause: {
    does: 'send nothing for a while, or until resumed',
    usual: '',
    forms: {
      '': form({
        words: '[MINUTES]',
        count: [0, 1],
        does: 'send nothing by itself for so long, or until: outtray resume',
      }),
    },
  },
  resume: { does: 'send again', usual: '', forms: { '': form({ does: 'end a pause' }) } },
  practice: {
    does: 'switch the practice relay of an agent started with --practice',
    usual: 'status',
    forms: {
      status: form({ does: 'say whether it is on (also without a word)', options: JSON_OPTION }),
      on: form({ does: 'mail leaves, to a Maildir of its own', options: JSON_OPTION }),
      off: form({ does: 'it cannot be reached, so mail waits', options: JSON_OPTION }),
    },
  },
  listener: {
    does: 'SMTP on this computer for programs that cannot run sendmail',
    usual: 'status',
    forms: {
      status: form({ does: 'where it listens, or why not (also without a word)', options: JSON_OPTION }),
      password: form({
        does: 'print the password that programs sign in with, where the system does not tell whose they are',
        options: { renew: { type: 'boolean', does: 'make a new one; the one before is good no more' }, ...JSON_OPTION },
      }),
    },
  },
  settings: {
    does: 'where the settings are, and what is wrong with them',
    usual: 'path',
    forms: {
      path: form({ does: 'where the file is (also without a word)', options: JSON_OPTION }),
      check: form({ does: 'what is wrong with it, by line; exit status 78 when anything is', options: JSON_OPTION }),
      schema: form({ does: 'the JSON Schema of the file, for editors', options: JSON_OPTION }),
    },
  },
  doctor: {
    does: 'look for what keeps mail from leaving',
    usual: '',
    forms: {
      '': form({
        does: 'look for what keeps mail from leaving; exit status 69 when it finds something',
        options: JSON_OPTION,
      }),
    },
  },
  completion: {
    does: 'print the completion of these commands for a shell',
    usual: null,
    forms: {
      bash: form({ does: 'to be read by: source <(outtray completion bash)' }),
      zsh: form({ does: 'to be kept as _outtray in a directory of $fpath' }),
      fish: form({ does: 'to be read by: outtray completion fish | source' }),
    },
  },
  man: {
    does: 'show a manual page',
    usual: '',
    forms: {
      '': form({
        words: '[PAGE]',
        count: [0, 1],
        names: MAN_PAGES,
        does: `one of ${MAN_PAGES.join(', ')}: shown on a terminal, else printed as troff`,
      }),
    },
  },
} as const satisfies Readonly<Record<string, Command>>;

export type CommandName = keyof typeof COMMANDS;
export type FormName<C extends CommandName> = keyof (typeof COMMANDS)[C]['forms'] & string;
export type Shell = (typeof SHELLS)[number];

/** For whoever goes through all of it. */
export const ALL_COMMANDS: Readonly<Record<string, Command>> = COMMANDS;
