/**
 * Header text in a control file is bytes in which sendmail keeps 0x80-0x9F for itself: 0x81
 * and a name is a macro to be put in when the message is sent (`<\201g>` in Return-Path: the
 * sender). The message's own bytes 0x80-0x9F and 0xFF have 0xFF in front; 0xA0-0xFE stand as they
 * are. So a UTF-8 sharp s, C3 9F, is C3 FF 9F in the file. Strings hold one byte a character.
 */
import { isPrintableAscii } from '../mail/characters.js';

const QUOTE = '\u00ff';

/** From the message to the file. NUL is dropped, as sendmail does. */
export function escapeHeaderBytes(text: string): string {
  if (isPrintableAscii(text)) return text;
  return text.replace(/[\0\u0080-\u009f\u00ff]/g, (byte) => (byte === '\0' ? '' : QUOTE + byte));
}

/** From the file to the message; `macro` answers for late-bound names, undefined counts as empty. */
export function unescapeHeaderBytes(text: string, macro: (name: string) => string | undefined = () => ''): string {
  if (!/[\u0080-\u009f\u00ff]/.test(text)) return text;
  return text.replace(
    /\u00ff([\s\S]?)|\u0081(?:\{([^}]*)\}|([\s\S]))/g,
    (_, quoted: string | undefined, long: string | undefined, short: string | undefined) =>
      quoted ?? macro(long ?? short ?? '') ?? '',
  );
}
