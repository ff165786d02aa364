/**
 * xtext (RFC 3461 §4): printable ASCII without blanks, `+` and `=`; any other byte is `+` and two
 * hexadecimal digits in capitals. ENVID, ORCPT and AUTH= values are written so; an ORCPT of type utf-8
 * has `\\x{FC}` for a character beyond ASCII (RFC 6533 §3). Strings hold one byte a character.
 */
import { hasAnyOf, isPrintableAscii, isUtf8 } from './characters.js';

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

/** ORCPT, `type;address`, as every relay takes it; null when it is wrong. UTF-8 comes only with SMTPUTF8, and stays here. */
export function encodeOriginalRecipient(text: string): string | null {
  if (isXtext(text)) return text;
  const [, type, address = ''] = /^(utf-8;)([!-<>-~\u0080-\u00ff]*)$/i.exec(text) ?? [];
  return type === undefined || !isUtf8(address) ? null : type + encodeUtf8Address(address);
}

/** An address beyond ASCII in ASCII (RFC 6533 §3, utf-8-addr-xtext). */
export function encodeUtf8Address(address: string): string {
  const encode = (character: string): string => `\\x{${character.codePointAt(0)?.toString(16).toUpperCase()}}`;
  const unicode = Buffer.from(address, 'latin1').toString('utf8');
  return unicode.replace(/[+=\u0080-\u{10ffff}]/gu, encode);
}
