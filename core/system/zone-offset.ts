/**
 * Offset of local time from UTC without the runtime's calendar, whose loading costs more than the
 * rest of a submission. Reads what libc reads: TZ, else /etc/localtime, as TZif (RFC 8536), whose
 * last line is a POSIX rule for all that comes after its table. Whatever is not understood is
 * left to the runtime.
 */
import fs from 'node:fs';
import path from 'node:path';
import { ruleOffsetSeconds } from './zone-rule.js';

const ZONES = '/usr/share/zoneinfo';

/** Minutes east of Greenwich at an instant in milliseconds. `zone` is the variable TZ. */
export function zoneOffsetMinutes(atMilliseconds: number, zone: string | undefined): number {
  const seconds = Math.floor(atMilliseconds / 1000);
  const offset = process.platform === 'win32' ? null : offsetSeconds(seconds, zone);
  return offset === null ? -new Date(atMilliseconds).getTimezoneOffset() : Math.trunc(offset / 60);
}

function offsetSeconds(seconds: number, zone: string | undefined): number | null {
  const name = zone?.replace(/^:/, '');
  if (name === '' || name === 'UTC' || name === 'UTC0' || name === 'GMT') return 0;
  if (name !== undefined && (name.includes('..') || path.isAbsolute(name))) return null;
  try {
    return tableOffsetSeconds(fs.readFileSync(name === undefined ? '/etc/localtime' : path.join(ZONES, name)), seconds);
  } catch {
    return null;
  }
}

const HEADER_BYTES = 44;

/** Of a TZif file, version 2 or later; null when it is none, or says nothing about the instant. */
export function tableOffsetSeconds(file: Buffer, seconds: number): number | null {
  if (file.toString('latin1', 0, 4) !== 'TZif' || (file[4] ?? 0) < 0x32) return null;
  const old = readHeader(file, 0);
  const start = HEADER_BYTES + blockBytes(old, 4);
  const header = readHeader(file, start);
  const times = start + HEADER_BYTES;
  const indexes = times + header.transitions * 8;
  const types = indexes + header.transitions;
  const typeOffset = (type: number): number => file.readInt32BE(types + type * 6);

  const last = header.transitions - 1;
  if (last < 0 || seconds >= Number(file.readBigInt64BE(times + last * 8))) {
    const footer = file.toString('latin1', start + HEADER_BYTES + blockBytes(header, 8)).trim();
    if (footer !== '') return ruleOffsetSeconds(footer, seconds);
    return typeOffset(last < 0 ? 0 : file.readUInt8(indexes + last));
  }
  let index = last;
  while (index >= 0 && seconds < Number(file.readBigInt64BE(times + index * 8))) index -= 1;
  return typeOffset(index < 0 ? 0 : file.readUInt8(indexes + index));
}

interface Header {
  readonly utFlags: number;
  readonly standardFlags: number;
  readonly leapSeconds: number;
  readonly transitions: number;
  readonly types: number;
  readonly characters: number;
}

function readHeader(file: Buffer, start: number): Header {
  const count = (index: number): number => file.readUInt32BE(start + 20 + index * 4);
  return {
    utFlags: count(0),
    standardFlags: count(1),
    leapSeconds: count(2),
    transitions: count(3),
    types: count(4),
    characters: count(5),
  };
}

function blockBytes(header: Header, timeBytes: number): number {
  return (
    header.transitions * (timeBytes + 1) +
    header.types * 6 +
    header.characters +
    header.leapSeconds * (timeBytes + 4) +
    header.standardFlags +
    header.utFlags
  );
}
