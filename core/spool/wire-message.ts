/**
 * A job as it goes over the wire: header section, empty line, body, each line ending in CR LF
 * and the last one too. The same job gives the same bytes each time. Not dot-stuffed; SMTP does
 * that.
 *
 * What sendmail's relay mailer leaves out is left out (Return-Path, Full-Name, Content-Length;
 * conditions it lacks), and Bcc's value never leaves. The body is not wrapped or mended, and encoded only
 * where a line of it is too long for SMTP (body-encoding.ts).
 * A CR alone is forbidden on the wire (RFC 5321 §2.3.8) and servers disagree on what it means,
 * which is how mail gets smuggled in; in a body it becomes a line end, which is what it meant
 * to whoever wrote it, in a header field a blank, so that it cannot begin another field.
 */
import { Readable } from 'node:stream';
import type { Rewriting } from '../mail/rewriting.js';
import { type BodyEncoding, type BodyWriter, createBodyWriter, planEncoding } from './body-encoding.js';
import type { ControlFile } from './control-file.js';
import { createLineEnder } from './line-ends.js';
import type { ClaimedJob } from './spool.js';
import { wireHeader } from './wire-header.js';

export interface WireMessages {
  /** The job is read when the first byte is wanted; its errors become the stream's. */
  open(job: ClaimedJob): Readable;
  /** For SIZE= (RFC 1870). */
  sizeBytes(job: ClaimedJob): number;
  /** The body goes out longer than it is. */
  isEncoded(job: ClaimedJob): boolean;
}

export function createWireMessages(rewriting: Rewriting): WireMessages {
  const planned = new WeakMap<ClaimedJob, BodyEncoding | null>();
  const planFor = (job: ClaimedJob): BodyEncoding | null => {
    const before = planned.get(job);
    if (before !== undefined) return before;
    const header = (): string => wireHeader(job.control, rewriting).toString('latin1');
    const plan = planEncoding(header, job.dataBytes, (take) => job.readData(take));
    planned.set(job, plan);
    return plan;
  };
  return {
    open: (job) =>
      openWireMessage(
        job.control,
        () => job.openData(),
        rewriting,
        () => planFor(job),
      ),
    sizeBytes(job) {
      try {
        return planFor(job)?.sizeBytes ?? wireSize(job.control, job.dataBytes);
      } catch {
        // The stream will say so.
        return wireSize(job.control, job.dataBytes);
      }
    },
    isEncoded(job) {
      try {
        return planFor(job) !== null;
      } catch {
        return false;
      }
    },
  };
}

/** Called when the first byte is wanted: `openData` and `plan`, whose errors become the stream's. */
export function openWireMessage(
  control: ControlFile,
  openData: () => Readable,
  rewriting: Rewriting,
  plan: () => BodyEncoding | null = () => null,
): Readable {
  async function* message(): AsyncGenerator<Buffer> {
    const encoding = plan();
    yield encoding === null
      ? Buffer.concat([wireHeader(control, rewriting), Buffer.from('\r\n')])
      : Buffer.from(`${encoding.header}\r\n`, 'latin1');
    const writer = encoding === null ? createPlainWriter() : createBodyWriter(encoding);
    for await (const chunk of openData()) {
      const converted = writer.convert(toBytes(chunk));
      if (converted.length > 0) yield converted;
    }
    const end = writer.finish();
    if (end.length > 0) yield end;
  }
  return Readable.from(message(), { objectMode: false });
}

/** sendmail's estimate: the header as it is in the control file and the body as it is in its file. */
export function wireSize({ headers }: ControlFile, dataBytes: number): number {
  const headerBytes = headers.reduce(
    (sum, { condition, name, value }) => sum + condition.length + name.length + value.length + 1,
    0,
  );
  return headerBytes + Math.max(dataBytes, 0);
}

function createPlainWriter(): BodyWriter {
  const lines = createLineEnder();
  return {
    convert: (chunk) => Buffer.from(lines.convert(chunk), 'latin1'),
    finish: () => Buffer.from(lines.finish(), 'latin1'),
  };
}

function toBytes(chunk: unknown): Uint8Array {
  return chunk instanceof Uint8Array ? chunk : Buffer.from(String(chunk), 'latin1');
}
