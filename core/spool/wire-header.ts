/**
 * The header section as it goes over the wire: what sendmail's mailer `relay` (F=mDFMuXa8) makes of
 * the H records. Conditional fields are sent where they apply, Bcc's value never leaves, addresses
 * are rewritten (mail/rewriting.ts) within their names and comments, and lists laid out anew (headers.c,
 * putheader and commaize). A report is to whom its message was from, and so addressed. A CR alone is forbidden on the wire
 * (RFC 5321 §2.3.8); here it becomes a blank, so that it cannot begin another field. Fields for Outtray alone stay here. A line over 998 bytes (RFC 5322
 * §2.1.1) is folded at its blanks where it has any and nothing is signed. Pure; strings hold one byte a character.
 */
import { layOutAddressField } from '../mail/address-list.js';
import { isBodySignature, isOriginatorField, isRecipientField } from '../mail/header.js';
import { isPrivateField } from '../mail/private-fields.js';
import { rewriteElement, senderOnWire } from '../mail/relay-address.js';
import type { Rewriting } from '../mail/rewriting.js';
import type { ControlFile, HeaderRecord } from './control-file.js';
import { unescapeHeaderBytes } from './header-bytes.js';
import { MAX_LINE_BYTES } from './long-lines.js';

/** Fields conditional on one of these are sent. */
const RELAY_MAILER_FLAGS = 'mDFMuXa8k';
/** Sent only where a condition of theirs holds. */
const ONLY_ON_CONDITION = new Set(['return-path', 'full-name', 'content-length']);

/** Without the empty line after it. */
export function wireHeader(control: ControlFile, rewriting: Rewriting): Buffer {
  const macros = new Map(control.macros);
  const macro = (name: string): string | undefined =>
    name === 'g' ? senderOnWire(control.sender, rewriting) : macros.get(name);
  const addressFields = control.headers.filter(({ name }) => isOriginatorField(name) || isRecipientField(name));
  const oldStyle = !addressFields.some(({ value }) => /[,;<(]/.test(value));
  const isReport = control.flags.includes('r');
  const isSigned = control.headers.some(({ name }) => isBodySignature(name));
  const fields = control.headers.flatMap((header) => {
    // As it is written, so it is judged: `B\0cc` is Bcc.
    const name = header.name.replace(/[\r\n\0]/g, '').trimEnd();
    const value = wireValue({ ...header, name }, control, macro);
    if (value === null || name === '') return [];
    const laidOut = layOut(name, value, oldStyle, rewriting, isReport);
    const text = name.toLowerCase() === 'return-path' ? unescapeHeaderBytes(laidOut, macro) : ownBytes(laidOut);
    const field = `${name}:${text.replace(/\n(?![ \t])/g, '\n ')}`;
    return [`${(isSigned ? field : foldLongLines(field)).replaceAll('\n', '\r\n')}\r\n`];
  });
  return Buffer.from(fields.join(''), 'latin1');
}

/** Only Return-Path is put together this late; the mark of a macro in other fields is nothing. */
function ownBytes(value: string): string {
  return value.replace(/\u00ff([\s\S]?)|\u0081/g, (_, quoted: string | undefined) => quoted ?? '');
}

function foldLongLines(field: string): string {
  return field.length <= MAX_LINE_BYTES ? field : field.split('\n').map(foldLine).join('\n');
}

/** Before the last blank that leaves a line short enough, or the first after that; a field's name stays with a word of its value. */
function foldLine(line: string): string {
  let folded = '';
  let rest = line;
  while (rest.length > MAX_LINE_BYTES) {
    const [start = ''] = /^(?:[^ \t:]+:)?[ \t]*[^ \t]+/.exec(rest) ?? [];
    const last = Math.max(rest.lastIndexOf(' ', MAX_LINE_BYTES), rest.lastIndexOf('\t', MAX_LINE_BYTES));
    const cut = last >= start.length ? last : start.length;
    if (rest.slice(cut).trim() === '') break;
    folded += `${rest.slice(0, cut)}\n`;
    rest = rest.slice(cut);
  }
  return folded + rest;
}

/** Escapes of the file still in it; null: not sent. */
function wireValue(
  { name, condition, value }: HeaderRecord,
  control: ControlFile,
  macro: (name: string) => string | undefined,
): string | null {
  const field = name.toLowerCase();
  if (isPrivateField(field)) return null;
  if (condition === '' ? ONLY_ON_CONDITION.has(field) : !conditionHolds(condition, macro)) return null;
  if (field === 'bcc' || field === 'resent-bcc') return control.flags.includes('b') ? null : '';
  return value.replaceAll('\0', '').replaceAll('\r', ' ');
}

function conditionHolds(condition: string, macro: (name: string) => string | undefined): boolean {
  const name = /^\$(?:\{([^}]*)\}|(.))/.exec(condition);
  if (name !== null) return (macro(name[1] ?? name[2] ?? '') ?? '') !== '';
  return [...condition].some((flag) => RELAY_MAILER_FLAGS.includes(flag));
}

function layOut(name: string, value: string, oldStyle: boolean, rewriting: Rewriting, isReport: boolean): string {
  const sender = isOriginatorField(name);
  if (!sender && !isRecipientField(name)) return value;
  return layOutAddressField(name, value, oldStyle && !sender, (element) =>
    rewriteElement(element, sender || isReport, rewriting),
  );
}
