/**
 * Writes a control file: the records in exactly the order in which sendmail 8.17 writes them, so
 * that reading and writing a file of sendmail's gives the same bytes.
 *
 * A line feed inside a value is a fold when a blank follows and would be another record when
 * not. No value may forge a record (a relay's reply, an address from a command line): such
 * line feeds become a fold in header fields and a blank elsewhere. Characters beyond a byte go in
 * as UTF-8: cut down to their low byte some would be line feeds (U+4E0A). Pure.
 */
import { hasAnyOf } from '../mail/characters.js';
import type { ControlFile, HeaderRecord } from './control-file.js';

/** What is rewritten is written in the newest form, whatever it was. */
const FORMAT_VERSION = 8;

const CR = 0x0d;

export function formatControlFile(control: ControlFile): Buffer {
  const lines: string[] = [];
  const put = (code: string, value: string | undefined): void => {
    if (value !== undefined) lines.push(code + oneRecord(value));
  };
  const putLast = (code: string, value: string | undefined): void => {
    for (const [earlier, text] of control.repeated ?? []) if (earlier === code && value !== undefined) put(code, text);
    put(code, value);
  };
  const quarantine = (beforeSender: boolean): void => {
    if ((control.quarantineBeforeSender ?? false) === beforeSender) putLast('q', control.quarantineReason);
  };

  put('V', String(FORMAT_VERSION));
  put('T', String(control.createdAtSeconds));
  put('K', String(control.lastAttemptSeconds));
  put('N', String(control.attempts));
  put('P', String(control.priority));
  put('d', control.dataDirectory);
  put('I', control.dataFileId);
  putLast('B', control.bodyType);
  quarantine(false);
  putLast('M', control.message);
  if (control.flags !== '') put('F', control.flags);
  for (const [name, value] of control.macros) put('$', (name.length === 1 ? name : `{${name}}`) + value);
  quarantine(true);
  put('S', control.sender);
  putLast('Z', control.envelopeId);
  putLast('A', control.authParameter);
  putLast('!', control.deliverBy);
  let controllingUser: string | undefined;
  for (const recipient of control.recipients) {
    put('M', recipient.message);
    if (recipient.controllingUser !== controllingUser) put('C', recipient.controllingUser ?? '');
    controllingUser = recipient.controllingUser;
    put('Q', recipient.originalRecipient);
    put('r', recipient.finalRecipient);
    put('R', `${recipient.flags}:${recipient.address}`);
  }
  for (const header of control.headers) lines.push(`H${headerText(header)}`);
  lines.push('.', '');
  const text = lines.join('\n');
  const bytes = Buffer.from(text, 'latin1');
  // Which is quicker than to look at each character.
  if (bytes.toString('latin1') === text) return bytes;
  const narrow = text.replace(/[^\0-\u00ff]+/g, (wide) => Buffer.from(wide, 'utf8').toString('latin1'));
  return Buffer.from(narrow, 'latin1');
}

function headerText(header: HeaderRecord): string {
  const name = hasAnyOf(header.name, '\r\n') ? header.name.replace(/[\r\n]/g, '') : header.name;
  return `?${header.condition}?${name}:${folded(header.value, '\n\t')}`;
}

function oneRecord(value: string): string {
  return folded(value, ' ');
}

/**
 * `instead` of line feeds that no blank follows. Carriage returns before line feeds and at the end go: a
 * reader takes CR LF for a line end. Not by a pattern, whose time grows with the square of a row of them.
 */
function folded(value: string, instead: string): string {
  if (!hasAnyOf(value, '\r\n')) return value;
  const [first = '', ...more] = value.split('\n').map(withoutLastCrs);
  let text = first;
  for (const line of more) text += (line.startsWith(' ') || line.startsWith('\t') ? '\n' : instead) + line;
  return text;
}

function withoutLastCrs(line: string): string {
  let end = line.length;
  while (line.charCodeAt(end - 1) === CR) end -= 1;
  return line.slice(0, end);
}
