/**
 * What a text consists of, asked character by character. A regular expression would say the same in
 * less, but the runtime compiles each one where it is first used, and a submission, which lives for
 * milliseconds, would spend a tenth of them on that. Pure.
 */
const BLANK_OR_LINE_END = ' \t\r\n';

/** Nothing but blanks and line ends, or nothing at all. */
export function isBlankText(text: string): boolean {
  return leading(text, BLANK_OR_LINE_END) === text.length;
}

/** As sendmail shows texts (shortenstring): the middle of what is too long gives way. */
export function withoutMiddle(text: string): string {
  return text.length < 203 ? text : `${text.slice(0, 100)}...${text.slice(-100)}`;
}

/** How many characters at the start are of these. */
export function leading(text: string, characters: string): number {
  let at = 0;
  while (at < text.length && characters.includes(text.charAt(at))) at += 1;
  return at;
}

export function hasAnyOf(text: string, characters: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (characters.includes(text.charAt(at))) return true;
  return false;
}

/** All from blank to tilde. */
export function isPrintableAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}

/** Has a character of this code or a higher one. */
export function reaches(text: string, code: number): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) >= code) return true;
  return false;
}

/** Bytes, one a character, that are text in UTF-8: no half characters, surrogates or longer forms than needed. */
export function isUtf8(bytes: string): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(bytes, 'latin1'));
    return true;
  } catch {
    return false;
  }
}
