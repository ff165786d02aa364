/**
 * A job as it goes over the wire: header section, empty line, body, each line ending in CR LF
 * and the last one too. The same job gives the same bytes each time. Not dot-stuffed; SMTP does
 * that.
 *
 * What sendmail's relay mailer leaves out is left out (Return-Path, Full-Name, Content-Length;
 * conditions it lacks), and Bcc's value never leaves. The body is not wrapped, encoded or mended.
 * A CR alone is forbidden on the wire (RFC 5321 §2.3.8) and servers disagree on what it means,
 * which is how mail gets smuggled in; in a body it becomes a line end, which is what it meant
 * to whoever wrote it, in a header field a blank, so that it cannot begin another field.
 */
import { Readable } from 'node:stream';
import type { ControlFile, HeaderRecord } from './control-file.js';
import { unescapeHeaderBytes } from './header-bytes.js';
import { qualifyAddressField } from './wire-address.js';

export interface WireOptions {
  /** Domain of addresses that have none. */
  readonly hostname: string;
}

/** Flags of sendmail's mailer `relay` (F=mDFMuXa8): fields conditional on one of these are sent. */
const RELAY_MAILER_FLAGS = 'mDFMuXa8';
/** Fields sent only where a condition asks for them, which the relay mailer's flags never do. */
const NEVER_SENT = new Set(['return-path', 'full-name', 'content-length']);
const ADDRESS_FIELDS = new Set(
  [
    'from sender reply-to to cc apparently-to errors-to disposition-notification-to',
    'resent-from resent-sender resent-reply-to resent-to resent-cc',
  ].flatMap((names) => names.split(' ')),
);
const CR = 13;
const LF = 10;
const CRLF = Buffer.from('\r\n');

/** The header section, without the empty line after it. */
export function wireHeader(control: ControlFile, { hostname }: WireOptions): Buffer {
  const macros = new Map(control.macros);
  const macro = (name: string): string | undefined =>
    name === 'g' ? control.sender.replace(/^<|>$/g, '') : macros.get(name);
  const fields = control.headers.flatMap((header) => {
    const value = wireValue(header, control, macro);
    if (value === null) return [];
    const name = oneLine(header.name);
    const addressed = ADDRESS_FIELDS.has(name.toLowerCase()) ? qualifyAddressField(name, value, hostname) : value;
    return [`${name}:${addressed.replaceAll('\n', '\r\n')}\r\n`];
  });
  return Buffer.from(fields.join(''), 'latin1');
}

/** null: not sent. */
function wireValue(
  header: HeaderRecord,
  control: ControlFile,
  macro: (name: string) => string | undefined,
): string | null {
  const name = header.name.toLowerCase();
  if (NEVER_SENT.has(name) || !conditionHolds(header.condition, macro)) return null;
  if (name === 'bcc' || name === 'resent-bcc') return control.flags.includes('b') ? null : '';
  return unescapeHeaderBytes(header.value, macro)
    .replaceAll('\0', '')
    .replaceAll('\r', ' ')
    .replace(/\n(?![ \t])/g, '\n\t');
}

function conditionHolds(condition: string, macro: (name: string) => string | undefined): boolean {
  if (condition === '') return true;
  const name = /^\$(?:\{([^}]*)\}|(.))/.exec(condition);
  if (name !== null) return (macro(name[1] ?? name[2] ?? '') ?? '') !== '';
  return [...condition].some((flag) => RELAY_MAILER_FLAGS.includes(flag));
}

function oneLine(name: string): string {
  return name.replace(/[\r\n\0]/g, '');
}

/** `openData` is called when the first byte is wanted; its errors become the stream's. */
export function openWireMessage(control: ControlFile, openData: () => Readable, options: WireOptions): Readable {
  async function* message(): AsyncGenerator<Buffer> {
    yield Buffer.concat([wireHeader(control, options), CRLF]);
    const lines = createLineEnder();
    for await (const chunk of openData()) {
      const converted = lines.convert(toBuffer(chunk));
      if (converted.length > 0) yield converted;
    }
    const end = lines.finish();
    if (end.length > 0) yield end;
  }
  return Readable.from(message(), { objectMode: false });
}

/** For SIZE= (RFC 1870): an estimate, since the line ends of the body are not counted. */
export function wireSize(control: ControlFile, dataBytes: number): number {
  return wireHeader(control, { hostname: '' }).length + CRLF.length + Math.max(dataBytes, 0);
}

function toBuffer(chunk: unknown): Buffer {
  if (Buffer.isBuffer(chunk)) return chunk;
  if (chunk instanceof Uint8Array) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  return Buffer.from(String(chunk), 'latin1');
}

/** LF, CR and CR LF all become CR LF, wherever the chunks are cut. */
function createLineEnder(): { convert(chunk: Buffer): Buffer; finish(): Buffer } {
  let last = -1;
  return {
    convert(chunk) {
      const out = Buffer.allocUnsafe(chunk.length * 2 + 1);
      let length = 0;
      for (const byte of chunk) {
        // A CR is written when it comes, the LF that belongs to it when the next byte shows that none follows.
        if (last === CR && byte !== LF) out[length++] = LF;
        if (byte === LF && last !== CR) out[length++] = CR;
        out[length++] = byte;
        last = byte;
      }
      return out.subarray(0, length);
    },
    finish() {
      if (last === CR) return Buffer.from([LF]);
      return last === LF || last === -1 ? Buffer.alloc(0) : CRLF;
    },
  };
}
