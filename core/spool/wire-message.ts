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
import type { Rewriting } from '../mail/rewriting.js';
import type { ControlFile } from './control-file.js';
import { wireHeader } from './wire-header.js';

const CR = 13;
const LF = 10;
const CRLF = Buffer.from('\r\n');

/** `openData` is called when the first byte is wanted; its errors become the stream's. */
export function openWireMessage(control: ControlFile, openData: () => Readable, rewriting: Rewriting): Readable {
  async function* message(): AsyncGenerator<Buffer> {
    yield Buffer.concat([wireHeader(control, rewriting), CRLF]);
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

/** For SIZE= (RFC 1870): sendmail's estimate, the header as it is in the control file and the body as it is in its file. */
export function wireSize({ headers }: ControlFile, dataBytes: number): number {
  const headerBytes = headers.reduce(
    (sum, { condition, name, value }) => sum + condition.length + name.length + value.length + 1,
    0,
  );
  return headerBytes + Math.max(dataBytes, 0);
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
