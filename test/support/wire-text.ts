/** A message as it goes over the wire, without a spool: fields and body given, the body read in pieces of a chosen size. */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type BodyEncoding, planEncoding } from '../../core/spool/body-encoding.js';
import type { ControlFile } from '../../core/spool/control-file.js';
import { wireHeader } from '../../core/spool/wire-header.js';
import { openWireMessage } from '../../core/spool/wire-message.js';

export interface Sent {
  readonly plan: BodyEncoding | null;
  /** One byte a character. */
  readonly raw: string;
  readonly header: string;
  readonly body: string;
}

const REWRITING = { hostname: 'laptop.example.org' };
const PIECE_BYTES = 64 * 1024;

/** `fields` by name; `body` as in its data file, one byte a character. */
export async function sendText(
  fields: Readonly<Record<string, string>>,
  body: string,
  pieceBytes: number | (() => number) = PIECE_BYTES,
): Promise<Sent> {
  const control = controlOf(fields);
  const pieces = cut(Buffer.from(body, 'latin1'), typeof pieceBytes === 'number' ? () => pieceBytes : pieceBytes);
  const header = (): string => wireHeader(control, REWRITING).toString('latin1');
  const plan = planEncoding(header, body.length, (take) => void pieces.every((piece) => take(piece)));
  const message = openWireMessage(
    control,
    () => Readable.from(pieces),
    REWRITING,
    () => plan,
  );
  const raw = (await buffer(message)).toString('latin1');
  const end = raw.indexOf('\r\n\r\n') + 2;
  return { plan, raw, header: raw.slice(0, end), body: raw.slice(end + 2) };
}

/** What went out before there was any encoding. */
export function unencoded(fields: Readonly<Record<string, string>>, body: string): string {
  const ended = body === '' || body.endsWith('\n') ? body : `${body}\n`;
  return `${wireHeader(controlOf(fields), REWRITING).toString('latin1')}\r\n${ended.replaceAll('\n', '\r\n')}`;
}

export function controlOf(fields: Readonly<Record<string, string>>): ControlFile {
  const headers = Object.entries(fields).map(([name, value]) => ({ name, value: ` ${value}`, condition: '' }));
  return {
    createdAtSeconds: 0,
    lastAttemptAtSeconds: 0,
    attempts: 0,
    priority: 0,
    flags: '',
    macros: [],
    sender: 'alice',
    recipients: [],
    headers,
  } as unknown as ControlFile;
}

export function longestLine(text: string): number {
  return Math.max(...text.split('\r\n').map(({ length }) => length));
}

function cut(bytes: Buffer, size: () => number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + size();
    pieces.push(bytes.subarray(at, end));
    at = end;
  }
  return pieces;
}
