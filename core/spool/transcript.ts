/**
 * The transcript (xf) of a job, one line a note, for people and for us:
 *
 *   Final dot sent 2026-11-20T23:10:50.123Z to home for bob@example.net carol@example.com
 *   Lost 2026-11-20T23:10:50.123Z: unrecognized line (line 9: "Ybad")
 *
 * The first is evidence: a message went out whose reply never came, and these recipients may have
 * it. Addresses are xtext (RFC 3461 §4), so a blank ends one. It counts only complete, with its
 * line feed. Other lines are sendmail's and left alone.
 */
import fs from 'node:fs';
import { decodeXtext, encodeXtext } from '../mail/xtext.js';
import type { Uncertain } from './spool.js';
import { SpoolError } from './spool-error.js';
import { writeAll } from './spool-files.js';

const EVIDENCE = /^Final dot sent (\S+) to (\S*) for(( \S+)*)$/;
const LOST = /^Lost \S+: (.+)$/;

export function formatEvidence(evidence: Uncertain): string {
  const names = evidence.recipients.map((address) => ` ${encodeXtext(address)}`).join('');
  return `Final dot sent ${new Date(evidence.at).toISOString()} to ${encodeXtext(evidence.relay)} for${names}\n`;
}

export function formatLoss(at: number, why: string): string {
  return `Lost ${new Date(at).toISOString()}: ${why.replace(/\s+/g, ' ')}\n`;
}

export interface Transcript {
  readonly uncertain?: Uncertain;
  /** Why the job was set aside. */
  readonly lost?: string;
}

/** The last note of each kind is the one that holds. */
export function parseTranscript(text: string): Transcript {
  const complete = text.split('\n').slice(0, -1);
  const last = (pattern: RegExp): RegExpExecArray | null =>
    pattern.exec(complete.findLast((line) => pattern.test(line)) ?? '');
  const evidence = last(EVIDENCE);
  const lost = last(LOST)?.[1];
  const at = Date.parse(evidence?.[1] ?? '');
  const times = countDots(complete.flatMap((line) => EVIDENCE.exec(line)?.[1] ?? []));
  return {
    ...(evidence === null || Number.isNaN(at)
      ? {}
      : {
          uncertain: {
            relay: decodeXtext(evidence[2] ?? ''),
            at,
            recipients: (evidence[3] ?? '').split(' ').filter(Boolean).map(decodeXtext),
            ...(times > 1 ? { times } : {}),
          },
        }),
    ...(lost === undefined ? {} : { lost }),
  };
}

/** Written again, for fewer recipients, it is the same one; and those in between were answered. */
function countDots(instants: readonly string[]): number {
  const open: string[] = [];
  for (const at of instants) {
    const before = open.indexOf(at);
    if (before < 0) open.push(at);
    else open.length = before + 1;
  }
  return open.length;
}

/** Our notes are few; what sendmail writes about a message may be long, and comes before them. */
const READ_BYTES = 1024 * 1024;

/** Nothing when there is none, or none that can be read. Only the end of a very long one is looked at. */
export function readTranscript(file: string): Transcript {
  let fd: number | undefined;
  try {
    fd = fs.openSync(file, fs.constants.O_RDONLY | PLAIN_FILE);
    const stat = fs.fstatSync(fd);
    if (!stat.isFile()) return {};
    const bytes = Buffer.alloc(Math.min(stat.size, READ_BYTES));
    const read = fs.readSync(fd, bytes, 0, bytes.length, stat.size - bytes.length);
    return parseTranscript(bytes.toString('latin1', 0, read));
  } catch {
    return {};
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

/** Appended, so that a cut leaves earlier notes whole; synced before this returns, not so the directory. */
export function appendTranscript(file: string, line: string, create: (file: string) => number): void {
  const fd = openToAppend(file, create);
  try {
    writeAll(fd, Buffer.from(line, 'latin1'));
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** No link is followed, no FIFO waited for, and nothing written into a file from elsewhere that a colleague put into a shared spool. */
const PLAIN_FILE = (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0);

function openToAppend(file: string, create: (file: string) => number): number {
  let fd: number;
  try {
    fd = fs.openSync(file, fs.constants.O_WRONLY | fs.constants.O_APPEND | PLAIN_FILE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return create(file);
  }
  const stat = fs.fstatSync(fd);
  if (stat.isFile() && stat.nlink === 1) return fd;
  fs.closeSync(fd);
  throw new SpoolError('io', file, `${file} is not a plain file of its own. Move it away.`);
}
