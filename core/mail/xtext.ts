/**
 * xtext (RFC 3461 §4): printable ASCII without blanks, `+` and `=`; any other byte is `+` and two
 * hexadecimal digits in capitals. ENVID, ORCPT and AUTH= values are written so. Strings hold
 * one byte a character.
 */
import { hasAnyOf, isPrintableAscii } from './characters.js';

export function isXtext(text: string): boolean {
  return /^(?:[!-*,-<>-~]|\+[0-9A-Fa-f]{2})*$/.test(text);
}

/** sendmail writes backslash and opening parenthesis so, too. */
export function encodeXtext(text: string): string {
  if (isPrintableAscii(text) && !hasAnyOf(text, ' (+=\\')) return text;
  return text.replace(
    /[^!-')*,-<>-[\]-~]/g,
    (byte) => `+${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

export function decodeXtext(text: string): string {
  return text.replace(/\+([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
