/**
 * The bytes of settings.json, before anybody makes sense of them. Apart from the parser, which a
 * submission loads only when the file is more than plain JSON.
 */
import fs from 'node:fs';

export interface SettingsProblem {
  /** Path of the key, `relays.home.port`; empty for the whole file. */
  readonly key: string;
  /** 1 for the first line. */
  readonly line: number;
  readonly message: string;
}

/** Longest file worth reading as settings, bytes; more is somebody's mistake. */
const MAX_BYTES = 1024 * 1024;

/** Null when there is no file. Throws for one that cannot be read; opening a pipe would wait for its other end. */
export function readSettingsSource(file: string): string | null {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return null;
  if (stat.isFIFO()) throw new Error('is a pipe, not a file');
  if (stat.size > MAX_BYTES) throw new Error('is larger than 1 MB; this is not a settings file');
  const text = fs.readFileSync(file, 'utf8');
  // Some editors put a byte order mark in front.
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
