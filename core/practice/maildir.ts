/**
 * A Maildir as the practice relay fills it: a message is written to tmp/, synced, and renamed to
 * new/, so a reader never sees half of one and a 250 is never given for one that a power cut
 * takes back. Lines end in LF, as mail readers expect; nothing else of the message is changed.
 *
 * The envelope, which the message does not show, stands in front: Return-Path (RFC 5321 §4.4),
 * then for each recipient X-Envelope-To and Delivered-To, the names that readers and filters know.
 */
import fs from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { syncDirectory } from '../spool/sync-directory.js';

export interface Envelope {
  /** Bare reverse-path; empty for null. */
  readonly from: string;
  readonly recipients: readonly string[];
}

const CR = 0x0d;
const LF = 0x0a;
let sequence = 0;

export function createMaildir(directory: string): void {
  for (const folder of ['tmp', 'new', 'cur']) {
    fs.mkdirSync(path.join(directory, folder), { recursive: true, mode: 0o700 });
  }
}

export function countMessages(directory: string): number {
  return ['new', 'cur'].reduce((sum, folder) => sum + messagesIn(path.join(directory, folder)), 0);
}

/** Store one message. Rejects, leaving nothing behind, when the bytes end in an error or the disk does not take them. */
export async function storeMessage(
  directory: string,
  envelope: Envelope,
  message: AsyncIterable<Uint8Array>,
): Promise<string> {
  const name = uniqueName();
  const temporary = path.join(directory, 'tmp', name);
  const final = path.join(directory, 'new', name);
  const file = await open(temporary, 'wx', 0o600);
  try {
    try {
      await writeMessage(file, envelope, message);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, final);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  syncDirectory(path.join(directory, 'new'));
  return final;
}

async function writeMessage(file: FileHandle, envelope: Envelope, message: AsyncIterable<Uint8Array>): Promise<void> {
  await file.appendFile(envelopeLines(envelope));
  let heldBack = false;
  for await (const chunk of message) {
    const held: Uint8Array = heldBack ? Buffer.concat([Uint8Array.of(CR), chunk]) : chunk;
    heldBack = held.at(-1) === CR;
    await file.appendFile(withoutCarriageReturns(heldBack ? held.subarray(0, -1) : held));
  }
  if (heldBack) await file.appendFile(Uint8Array.of(CR));
}

function envelopeLines({ from, recipients }: Envelope): string {
  const lines = recipients.flatMap((address) => [`X-Envelope-To: ${address}`, `Delivered-To: ${address}`]);
  return [`Return-Path: <${from}>`, ...lines, ''].join('\n');
}

/** CR LF to LF; a CR elsewhere is content and stays. */
function withoutCarriageReturns(bytes: Uint8Array): Uint8Array {
  return bytes.filter((byte, index) => byte !== CR || bytes[index + 1] !== LF);
}

/** Seconds, then what makes it unique on this machine, then the host: cr.yp.to/proto/maildir.html. */
function uniqueName(): string {
  const now = Date.now();
  sequence += 1;
  const host = os.hostname().replace(/[^A-Za-z0-9.-]/g, '_');
  return `${Math.floor(now / 1000)}.M${(now % 1000) * 1000}P${process.pid}Q${sequence}.${host}`;
}

function messagesIn(folder: string): number {
  try {
    return fs.readdirSync(folder).filter((name) => !name.startsWith('.')).length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}
