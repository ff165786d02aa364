/**
 * sendmail's options in words, for sendmail(8) and shell completion. What the program takes is decided by
 * core/submission; test/core/cli/option-texts.test.ts holds the two together, letter by letter. Pure.
 */

export interface OptionText {
  readonly letter: string;
  /** What stands behind it; in brackets where it may be left out. */
  readonly argument?: string;
  readonly does: string;
}

export const OPTION_TEXTS: readonly OptionText[] = [
  {
    letter: 'A',
    argument: 'c|m',
    does: 'Taken without effect: there is one configuration, that of a submission program.',
  },
  { letter: 'B', argument: 'type', does: 'Body type: `7BIT` or `8BITMIME`.' },
  { letter: 'b', argument: 'mode', does: 'What to do; see MODES.' },
  { letter: 'C', argument: 'file', does: 'Settings file; it must be there.' },
  { letter: 'c', does: 'Taken without effect.' },
  { letter: 'D', argument: 'file', does: 'Taken without effect.' },
  { letter: 'd', argument: '[level]', does: 'Taken without effect.' },
  {
    letter: 'e',
    argument: 'mode',
    does: 'What to do about errors, as `-oe`: `p` print (default), `m` mail back, `w` the same, `e` mail back and exit 0, `q` exit status only.',
  },
  { letter: 'F', argument: 'name', does: 'Full name of the sender.' },
  { letter: 'f', argument: 'address', does: 'Envelope sender; empty for the null reverse-path. Once.' },
  { letter: 'G', does: 'The message passes through: it is mail of others.' },
  { letter: 'h', argument: 'count', does: 'Hops the message has gone.' },
  { letter: 'I', does: 'Not supported, exit status 64.' },
  { letter: 'i', does: 'A line with a dot alone does not end the message, as `-oi`.' },
  { letter: 'L', argument: 'tag', does: 'Name in the log, of 32 characters at most.' },
  {
    letter: 'M',
    argument: 'Xvalue',
    does: 'Macro: `r` (protocol) and `s` (host) as `-p`; others are taken without effect.',
  },
  { letter: 'm', does: 'Taken: the sender is never left out of a list.' },
  {
    letter: 'N',
    argument: 'list',
    does: 'When the sender is to be told (DSN): `never`, or `success`, `failure`, `delay` with commas between.',
  },
  { letter: 'n', does: 'Aliases are left alone.' },
  {
    letter: 'O',
    argument: 'name=value',
    does: 'Set an option by name, in any case and abbreviated as long as it is clear; see SETTABLE OPTIONS.',
  },
  { letter: 'o', argument: 'xvalue', does: 'Set an option by letter; see SETTABLE OPTIONS.' },
  { letter: 'p', argument: 'protocol[:host]', does: 'How, and from where, the message came.' },
  {
    letter: 'Q',
    argument: '[reason]',
    does: 'Quarantine (hold) the messages that the filters of `-q` select; without a reason, or with `-qQ`, let them go again.',
  },
  { letter: 'q', argument: '[interval]', does: 'Run the queue, or choose messages for a listing; see QUEUE RUNS.' },
  { letter: 'R', argument: 'full|hdrs', does: 'How much of the message a report (DSN) returns. Once.' },
  { letter: 'r', argument: 'address', does: 'As `-f`.' },
  { letter: 's', does: 'Taken without effect.' },
  { letter: 'T', does: 'Taken without effect.' },
  {
    letter: 't',
    does: 'Recipients from To, Cc and Bcc (or Resent-To, ...); those on the command line are added. Bcc is removed.',
  },
  { letter: 'U', does: 'Not supported, exit status 64.' },
  { letter: 'V', argument: 'envid', does: 'Envelope id for reports, in xtext.' },
  { letter: 'v', does: 'Verbose: the message is tried at once, with what was said to the relay on standard output.' },
  { letter: 'X', argument: 'file', does: 'Taken: no traffic log is written, and that is said.' },
];

export const MODE_TEXTS: readonly OptionText[] = [
  { letter: 'm', does: 'Take a message from standard input (default).' },
  { letter: 's', does: 'Speak SMTP on standard input and output.' },
  { letter: 'v', does: 'Say what would become of the addresses; queue nothing.' },
  { letter: 'p', does: 'List the queue; see mailq(1).' },
  { letter: 'i', does: 'Check the aliases; see newaliases(1).' },
  { letter: 'O', does: 'List the names of all options.' },
  { letter: 'a', does: 'As `m`, with SMTP codes before words.' },
  { letter: 't', does: 'Say what an address is taken for: `/parse` and the address.' },
  { letter: 'd', does: 'Refused: a submission program is no daemon. For a listener see outtray-settings(5).' },
  { letter: 'D', does: 'Refused, as `d`.' },
  { letter: 'P', does: 'Refused: numbers that only a daemon has.' },
  { letter: 'h', does: 'Without effect: there is no host status to show.' },
  { letter: 'H', does: 'Without effect: there is no host status to purge.' },
  { letter: 'C', does: 'Without effect: there is no configuration to check; see `outtray settings check`.' },
];

export interface FlagText {
  readonly flag: string;
  readonly does: string;
}

/** What may follow -q. */
export const QUEUE_TEXTS: readonly FlagText[] = [
  { flag: '', does: 'Once, behind the terminal: returns at once. With `-v` in the foreground, with a transcript.' },
  { flag: 'f', does: 'Once, in the foreground.' },
  {
    flag: '30m',
    does: 'Again and again, so far from start to start (`s`, `m`, `h`, `d`, `w`; minutes without a unit; `1h30m`): a daemon, also with `-v`.',
  },
  {
    flag: 'p',
    does: 'The same, resting a second after each run, five when there was nothing; `-qp30m` rests so long.',
  },
  { flag: 'Itext', does: 'Only messages with this in their queue id.' },
  { flag: 'Rtext', does: 'Only messages with this in a recipient, in any case.' },
  { flag: 'Stext', does: 'Only messages with this in the sender, in any case.' },
  { flag: 'Q', does: 'Quarantined (held) messages; with text behind it, those with this in the reason.' },
  { flag: 'L', does: 'Lost messages: to be listed, never sent.' },
  { flag: '!Rtext', does: 'The contrary; so for `I`, `S`, `Q`.' },
  { flag: 'Gname', does: 'The queue group `mqueue`, which is all there is.' },
];

/** Options of -O and -o that have an effect. */
export const SETTABLE_TEXTS: readonly { readonly name: string; readonly letter: string; readonly does: string }[] = [
  {
    name: 'DeliveryMode',
    letter: 'd',
    does: '`d` deferred, `q` queue, `i` interactive (tried before it returns), `b` background (tried behind it).',
  },
  { name: 'ErrorMode', letter: 'e', does: 'As `-e`.' },
  { name: 'IgnoreDots', letter: 'i', does: 'As `-i`.' },
  { name: 'SevenBitInput', letter: '7', does: 'The eighth bit is cleared.' },
  { name: 'EightBitMode', letter: '8', does: '`s` refuses 8-bit data without `-B8BITMIME`; `m` and `p` take it.' },
  { name: 'MaxHopCount', letter: 'h', does: 'Received lines before a message goes in circles.' },
  { name: 'RecipientFactor', letter: 'y', does: 'What a recipient costs in priority.' },
  { name: 'ClassFactor', letter: 'z', does: 'What a class of precedence is worth.' },
  {
    name: 'OldStyleHeaders',
    letter: 'o',
    does: 'Addresses of a header field may have blanks between them where no comma stands (default).',
  },
  {
    name: 'NoRecipientAction',
    letter: '',
    does: 'What a header without recipients gets: `none` (default), `add-to`, `add-apparently-to`, `add-bcc`, `add-to-undisclosed`.',
  },
  { name: 'MaxRecipientsPerMessage', letter: '', does: 'The most recipients of a message; 0: any number.' },
  { name: 'QueueDirectory', letter: 'Q', does: 'The queue.' },
  { name: 'Verbose', letter: 'v', does: 'As `-v`.' },
  {
    name: 'QueueSortOrder',
    letter: '',
    does: 'Order of a run or a listing: `priority`, `host`, `time`, `filename`, `modification`, `random`, `shuffle`, `none`.',
  },
  { name: 'MaxQueueRunSize', letter: '', does: 'So many messages at most.' },
  { name: 'MinQueueAge', letter: '', does: 'Messages tried less than this ago are passed over.' },
  {
    name: 'MaxQueueAge',
    letter: '',
    does: 'The same, up to this, for as long as the message was old when it was tried.',
  },
  { name: 'QueueLA', letter: 'x', does: 'Above this load messages of low priority are passed over.' },
  { name: 'QueueFactor', letter: 'q', does: 'How low.' },
];
