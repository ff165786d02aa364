/**
 * Whether practising is on, as a file that every process reads: `practice.json` in the state
 * directory, `{"port": 40321, "since": 1795302650000, "maildir": "/home/me/.../practice"}`. While
 * it is there, mail written since goes to the practice relay and nowhere else, and mail that was
 * there before goes nowhere until practising ends.
 *
 * The note is written as a rename of a synced file, so half of one cannot be. One that makes no
 * sense reads as no practice; practiceProblem says so, and until it is mended nothing tells
 * practice from real mail.
 */
import fs from 'node:fs';
import path from 'node:path';
import { syncDirectory } from '../spool/sync-directory.js';

export interface Practice {
  /** Of the practice relay on 127.0.0.1. */
  readonly port: number;
  /** When practising began, in milliseconds since the epoch. */
  readonly since: number;
  readonly maildir: string;
}

/** A relay as delivery takes it: loopback, no TLS, no credentials, one message at a time. */
export interface PracticeRelaySettings {
  readonly name: 'practice';
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly security: 'none';
  readonly allowPlaintext: false;
  readonly auth: { readonly method: 'none' };
  readonly tls: { readonly caFile: null; readonly pin: null; readonly minVersion: 'TLSv1.2' };
  readonly from: readonly string[];
  readonly concurrency: number;
  readonly pace: { readonly perMinute: number; readonly perConnection: number };
}

/** null when practising is off, and when the note makes no sense. */
export function readPractice(stateDirectory: string): Practice | null {
  const note = readNote(stateDirectory);
  return note.kind === 'practice' ? note.practice : null;
}

/** What is wrong with the note, in words with the remedy; null when nothing is. */
export function practiceProblem(stateDirectory: string): string | null {
  const note = readNote(stateDirectory);
  return note.kind === 'damaged' ? note.problem : null;
}

/** May be called again, with a new port for instance: practising that has begun keeps its beginning. */
export function startPractice(stateDirectory: string, wanted: Practice): Practice {
  const practice = { ...wanted, since: readPractice(stateDirectory)?.since ?? wanted.since };
  const file = noteIn(stateDirectory);
  const temporary = `${file}.${process.pid}.tmp`;
  fs.mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
  const handle = fs.openSync(temporary, 'w', 0o600);
  try {
    fs.writeFileSync(handle, `${JSON.stringify(practice)}\n`);
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
  fs.renameSync(temporary, file);
  syncDirectory(stateDirectory);
  return practice;
}

/** What was written meanwhile and has not left must be held before this. */
export function endPractice(stateDirectory: string): void {
  fs.rmSync(noteIn(stateDirectory), { force: true });
  if (fs.existsSync(stateDirectory)) syncDirectory(stateDirectory);
}

export function practiceRelay(practice: Practice): PracticeRelaySettings {
  return {
    name: 'practice',
    host: '127.0.0.1',
    port: practice.port,
    security: 'none',
    allowPlaintext: false,
    auth: { method: 'none' },
    tls: { caFile: null, pin: null, minVersion: 'TLSv1.2' },
    from: [],
    concurrency: 1,
    pace: { perMinute: 0, perConnection: 0 },
  };
}

/**
 * Whether a message belongs to this practice. The spool knows only the second in which it was
 * written; in the one in which practising began it counts as practice, which keeps its copy,
 * because the other mistake sends an exercise to real people.
 */
export function servedByPractice(practice: Practice, createdAtSeconds: number): boolean {
  return createdAtSeconds >= Math.floor(practice.since / 1000);
}

type Note =
  | { readonly kind: 'none' }
  | { readonly kind: 'practice'; readonly practice: Practice }
  | { readonly kind: 'damaged'; readonly problem: string };

function readNote(stateDirectory: string): Note {
  const file = noteIn(stateDirectory);
  try {
    const practice = parsePractice(JSON.parse(fs.readFileSync(file, 'utf8')));
    if (practice !== null) return { kind: 'practice', practice };
    return damaged(file, 'it lacks the port, the beginning or the mailbox');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'none' };
    return damaged(file, error instanceof Error ? error.message : String(error));
  }
}

function damaged(file: string, why: string): Note {
  return {
    kind: 'damaged',
    problem: `The note that practice mode is on cannot be used: ${why}. If you are not practising, remove ${file}.`,
  };
}

function parsePractice(value: unknown): Practice | null {
  if (typeof value !== 'object' || value === null) return null;
  const { port, since, maildir } = value as Partial<Record<keyof Practice, unknown>>;
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535) return null;
  if (typeof since !== 'number' || !Number.isFinite(since)) return null;
  if (typeof maildir !== 'string' || !path.isAbsolute(maildir)) return null;
  return { port, since, maildir };
}

/** The file of the note. */
export function noteIn(stateDirectory: string): string {
  return path.join(stateDirectory, 'practice.json');
}
