/**
 * The header section of a message as it stands in a report about it: as sendmail's mailer `*file*`
 * (F=lsDFMPEouq9) writes it, with Return-Path and without Full-Name, addresses written and laid out anew
 * as for the relay, except that what has no domain gets none. Lines end in LF. Pure; strings hold one byte a character.
 */
import { bareAddress } from '../mail/address.js';
import { layOutAddressField } from '../mail/address-list.js';
import { isOriginatorField, isRecipientField } from '../mail/header.js';
import { rewriteElementInFile } from '../mail/relay-address.js';
import type { ControlFile } from './control-file.js';
import { unescapeHeaderBytes } from './header-bytes.js';

const FILE_MAILER_FLAGS = 'lsDFMPEouq9';
/** Written only where a condition of theirs holds: what a program puts there itself is left out. */
const ONLY_ON_CONDITION = /^(?:return-path|full-name|content-length)$/i;

export function returnedHeader(control: ControlFile, hostname: string): string {
  const lists = control.headers.filter(({ name }) => isOriginatorField(name) || isRecipientField(name));
  const oldStyle = !lists.some(({ value }) => /[,;<(]/.test(value));
  const macros = new Map(control.macros);
  const macro = (name: string): string | undefined =>
    name === 'g' ? senderInFile(control, hostname) : macros.get(name);
  return control.headers
    .flatMap(({ condition, name, value }) => {
      if (condition === '' ? ONLY_ON_CONDITION.test(name) : !isWritten(condition, macro)) return [];
      if (/^(?:resent-)?bcc$/i.test(name)) return control.flags.includes('b') ? [] : [`${name}:\n`];
      const laidOut = layOut(name, value, oldStyle, hostname);
      return [`${name}:${unescapeHeaderBytes(laidOut, macro).replace(/\n(?![ \t])/g, '\n ')}\n`];
    })
    .join('');
}

function layOut(name: string, value: string, oldStyle: boolean, hostname: string): string {
  const originator = isOriginatorField(name);
  if (!originator && !isRecipientField(name)) return value;
  return layOutAddressField(name, value, oldStyle && !originator, (element) => rewriteElementInFile(element, hostname));
}

/** Bare; `localhost` has our name there. */
export function senderInFile({ sender }: ControlFile, hostname: string): string {
  return bareAddress(sender).replace(/@localhost(?![\w.-])/i, `@${hostname}`);
}

function isWritten(condition: string, macro: (name: string) => string | undefined): boolean {
  const name = /^\$(?:\{([^}]*)\}|(.))/.exec(condition);
  if (name !== null) return (macro(name[1] ?? name[2] ?? '') ?? '') !== '';
  return [...condition].some((flag) => FILE_MAILER_FLAGS.includes(flag));
}
