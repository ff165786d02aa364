/**
 * Header text for people: bytes to characters, RFC 2047 encoded words decoded, folds undone, and
 * whatever could mislead (control and bidirectional formatting characters) taken out. Only for
 * showing; nothing shown goes back into a message.
 */
import { decodeWords } from 'postal-mime';

// Controls, bidi embeddings, overrides and isolates, zero width marks, line separators.
const MISLEADING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** `latin1` holds one byte a character; UTF-8 where it is valid, else Latin-1. */
export function bytesToText(latin1: string): string {
  if (!/[\u0080-\u00ff]/.test(latin1)) return latin1;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(
      Uint8Array.from(latin1, (character) => character.charCodeAt(0)),
    );
  } catch {
    return latin1;
  }
}

/** The way back: text as the bytes that a control file holds, one a character. */
export function textToBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** One header value in one line. */
export function displayHeader(latin1: string): string {
  const unfolded = bytesToText(latin1)
    .replace(/\r?\n[ \t]*/g, ' ')
    .trim();
  return cleanText(unfolded.includes('=?') ? decodeWords(unfolded) : unfolded);
}

/** Text from outside without characters that change how its neighbours read. */
export function cleanText(text: string): string {
  return text.replace(MISLEADING, '').replace(/\t/g, ' ');
}
