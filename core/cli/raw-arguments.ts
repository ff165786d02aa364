/**
 * Command line words as bytes, one a character. The runtime decodes them as UTF-8, and what is not
 * UTF-8 comes out as U+FFFD; then Linux still has the bytes in /proc.
 */
import fs from 'node:fs';
import { asBytes } from './standard-output.js';

export function rawArguments(words: readonly string[]): string[] {
  if (words.some((word) => word.includes('\ufffd'))) {
    const raw = readCommandLine().slice(-words.length);
    if (raw.length === words.length) return raw;
  }
  return words.map(asBytes);
}

function readCommandLine(): string[] {
  try {
    return fs.readFileSync('/proc/self/cmdline', 'latin1').split('\0').slice(0, -1);
  } catch {
    return [];
  }
}
