/**
 * A message as a person edits it: the envelope as fields of ours, the header as it is stored, an empty line, the
 * body. Fields that nobody touched become the records that they were, byte for byte. Return-Path, which is
 * put together when the message is sent, is not shown. Pure; text is one character a byte, lines end in LF.
 */
import { bytesToText } from '../../mail/display.js';
import { encodeUnstructured } from '../../mail/encoded-word.js';
import { isFieldLine, parseField } from '../../mail/header.js';
import type { ControlFile, HeaderRecord } from '../../spool/control-file.js';
import { escapeHeaderBytes, unescapeHeaderBytes } from '../../spool/header-bytes.js';
import { CommandError, ExitStatus } from '../../system/exit-status.js';

const NOTE = 'X-Outtray-Note';
const FROM = 'X-Outtray-Envelope-From';
const TO = 'X-Outtray-Envelope-To';
const OURS = new Set([NOTE, FROM, TO].map((name) => name.toLowerCase()));
const NOTE_WORDS =
  'the Envelope fields say whom it goes to, a line each, and where it comes back to;\n' +
  ' To, Cc and From are what readers see. None of the X-Outtray fields leaves this computer.';

/** No message goes without them: one that is left out stays as it was. */
const KEPT = new Set(['date', 'from', 'message-id']);

export interface EditedForm {
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly headers: readonly HeaderRecord[];
}

/** Up to and with the empty line. */
export function formatForm(control: ControlFile): string {
  const envelope = [
    `${NOTE}: ${NOTE_WORDS}`,
    `${FROM}: ${inOneLine(control.sender)}`,
    ...control.recipients.map(({ address }) => `${TO}: ${inOneLine(address)}`),
  ];
  const header = control.headers.filter(({ name }) => isShown(name)).map(fieldText);
  return [...envelope, ...header, '', ''].join('\n');
}

/** `text` is what stands before the empty line. Throws CommandError (EX_DATAERR) that names the line. */
export function parseForm(text: string, control: ControlFile): EditedForm {
  const untouched = new Map<string, HeaderRecord[]>();
  for (const record of control.headers) {
    const same = untouched.get(fieldText(record));
    if (same === undefined) untouched.set(fieldText(record), [record]);
    else same.push(record);
  }
  const headers: HeaderRecord[] = [];
  const senders: string[] = [];
  const recipients: string[] = [];
  for (const field of splitFields(text)) {
    const { name, value } = parseField(field);
    const wanted = name.toLowerCase();
    const said = value.replace(/\n[ \t]*/g, ' ').trim();
    if (wanted === FROM.toLowerCase()) senders.push(said);
    else if (wanted === TO.toLowerCase()) recipients.push(said);
    else if (isShown(name) && !(KEPT.has(wanted) && said === ''))
      headers.push(untouched.get(field)?.shift() ?? newRecord(name, value, control));
  }
  if (senders.length > 1) throw refusal(`${FROM} stands there ${senders.length} times; one sender is all there can be`);
  return {
    sender: senders[0] ?? control.sender,
    recipients: recipients.filter((address) => address !== ''),
    headers: [...control.headers.filter(({ name }) => !isShown(name) || isMissing(name, headers)), ...headers],
  };
}

function isShown(name: string): boolean {
  const wanted = name.toLowerCase();
  return wanted !== 'return-path' && !OURS.has(wanted);
}

function isMissing(name: string, headers: readonly HeaderRecord[]): boolean {
  const wanted = name.toLowerCase();
  return KEPT.has(wanted) && !headers.some((header) => header.name.toLowerCase() === wanted);
}

function fieldText({ name, value }: HeaderRecord): string {
  return `${name}:${unescapeHeaderBytes(value)}`;
}

/** A field written anew is sent on the condition on which it was; a subject beyond ASCII is encoded, since not every relay takes it raw. */
function newRecord(name: string, value: string, control: ControlFile): HeaderRecord {
  const wanted = name.toLowerCase();
  const before = control.headers.find((header) => header.name.toLowerCase() === wanted);
  const condition = wanted === 'full-name' ? 'x' : (before?.condition ?? '');
  if (wanted === 'subject' && /[\u0080-\u00ff]/.test(value))
    return { condition, name, value: ` ${encodeUnstructured(bytesToText(value))}` };
  return { condition, name, value: escapeHeaderBytes(value) };
}

/** With their folds. */
function splitFields(text: string): string[] {
  const fields: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const last = fields.at(-1);
    if (/^[ \t]/.test(line) && last !== undefined) fields[fields.length - 1] = `${last}\n${line}`;
    else if (isFieldLine(line)) fields.push(line);
    else if (line !== '')
      throw refusal(
        `line ${index + 1}, "${line.slice(0, 60)}", is no header field; the first empty line ends the header, and all after it is the body`,
      );
  }
  return fields;
}

function inOneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ');
}

function refusal(words: string): CommandError {
  return new CommandError(ExitStatus.DATAERR, words);
}
