/**
 * Command line words and environment variables as bytes, one a character. The runtime decodes them
 * as UTF-8, and what is not UTF-8 comes out as U+FFFD; then Linux still has the bytes in /proc.
 */
import fs from 'node:fs';
import { asBytes } from './standard-output.js';

export function rawArguments(words: readonly string[]): string[] {
  const bytes: string[] = [];
  let lost = false;
  for (const word of words) {
    bytes.push(asBytes(word));
    lost ||= word.includes('\ufffd');
  }
  if (!lost) return bytes;
  const raw = readWords('/proc/self/cmdline').slice(-words.length);
  return raw.length === words.length ? raw : bytes;
}

/** null when it is not set. */
export function rawVariable(name: string): string | null {
  const value = process.env[name];
  if (value?.includes('\ufffd')) {
    const raw = readWords('/proc/self/environ').find((word) => word.startsWith(`${name}=`));
    if (raw !== undefined) return raw.slice(name.length + 1);
  }
  return value === undefined ? null : asBytes(value);
}

function readWords(file: string): string[] {
  try {
    return fs.readFileSync(file, 'latin1').split('\0').slice(0, -1);
  } catch {
    return [];
  }
}
