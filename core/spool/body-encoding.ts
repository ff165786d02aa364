/**
 * Lines over 998 bytes leave encoded. No server has to take them (RFC 5321 §4.5.3.1.6), and one that does not
 * refuse cuts them in two. So each leaf of a MIME body, or the whole of a plain one, that has such a line and no
 * transfer encoding yet gets one: quoted-printable, or base64 for what is no text and mostly would have to
 * be escaped. It decodes to what would have been sent; all else stays as it is, byte for byte. What is
 * signed or encrypted as it stands, or within a message/rfc822, is left alone.
 *
 * The data file is read in pieces: once to see whether there is a long line, where there is one twice more, for
 * which leaves have one and for the size, then as it is sent. The same message gives the same bytes each time.
 */
import { type Content, hasField, readContent, withEncoding, withFields } from '../mail/content-fields.js';
import { createPartReader } from '../mail/mime-parts.js';
import { createEncoder, type TransferEncoding } from '../mail/transfer-encoding.js';
import { createLineEnder, latin1 } from './line-ends.js';
import { MAX_LINE_BYTES, watchForLongLines } from './long-lines.js';

export interface BodyEncoding {
  /** Header section of the message with what is new in it, without the empty line after it. */
  readonly header: string;
  readonly body: Content;
  /** By the number of the leaf, in the order of the body. */
  readonly leaves: ReadonlyMap<number, TransferEncoding>;
  /** Of the whole message on the wire. */
  readonly sizeBytes: number;
}

/** Hands on the data file in pieces, from its start; `take` returns false when it has seen enough. */
export type ReadData = (take: (chunk: Uint8Array) => boolean) => void;

export interface BodyWriter {
  /** Of the data file. */
  convert(chunk: Uint8Array): Buffer;
  finish(): Buffer;
}

/** null: it goes as it is. `header`: as on the wire, without the empty line after it. */
export function planEncoding(header: () => string, dataBytes: number, readData: ReadData): BodyEncoding | null {
  if (dataBytes <= MAX_LINE_BYTES || !hasLongLine(readData)) return null;
  const given = header();
  const body = readContent(given);
  if (body.kind === 'opaque') return null;
  const { leaves, charset } = inspect(body, readData);
  if (leaves.size === 0) return null;
  const plan = { header: newHeader(given, body, leaves, charset), body, leaves };
  return { ...plan, sizeBytes: plan.header.length + '\r\n'.length + bodySize(plan, readData) };
}

/** The body as it goes over the wire. */
export function createBodyWriter({ body, leaves }: Pick<BodyEncoding, 'body' | 'leaves'>): BodyWriter {
  let out: Buffer[] = [];
  const put = (text: string): void => void out.push(Buffer.from(text, 'latin1'));
  let number = -1;
  let encoder: ReturnType<typeof createEncoder> | null = null;
  const reader = createPartReader(body, {
    leaf(header) {
      number += 1;
      const encoding = leaves.get(number);
      encoder = encoding === undefined ? null : createEncoder(encoding);
      if (header !== null) put(encoding === undefined ? header : withEncoding(header, encoding));
    },
    content(text) {
      if (encoder === null) put(text);
      else out.push(encoder.encode(text));
    },
    endLeaf() {
      if (encoder !== null) out.push(encoder.finish());
    },
    other: put,
  });
  const lines = createLineEnder();
  let last: number | undefined;
  const taken = (): Buffer => {
    const bytes = Buffer.concat(out);
    out = [];
    last = bytes.at(-1) ?? last;
    return bytes;
  };
  return {
    convert(chunk) {
      reader.write(lines.convert(chunk));
      return taken();
    },
    finish() {
      reader.write(lines.finish());
      reader.finish();
      const end = taken();
      return last === 0x0a ? end : Buffer.concat([end, Buffer.from('\r\n')]);
    },
  };
}

function hasLongLine(readData: ReadData): boolean {
  const watch = watchForLongLines();
  let found = false;
  readData((chunk) => {
    found = watch.add(latin1(chunk));
    return !found;
  });
  return found;
}

type Charset = 'us-ascii' | 'utf-8' | 'unknown-8bit';

function inspect(
  body: Content,
  readData: ReadData,
): { readonly leaves: ReadonlyMap<number, TransferEncoding>; readonly charset: Charset } {
  const leaves = new Map<number, TransferEncoding>();
  const charset = detectCharset();
  const undeclared = body.kind === 'leaf' && body.type === null;
  let leaf = inspectLeaf(null);
  let number = -1;
  const reader = createPartReader(body, {
    leaf(_, type) {
      number += 1;
      leaf = inspectLeaf(type);
    },
    content(text) {
      leaf.add(text);
      if (undeclared) charset.add(text);
    },
    endLeaf() {
      const encoding = leaf.encoding();
      if (encoding !== null) leaves.set(number, encoding);
    },
    other() {},
  });
  const lines = createLineEnder();
  readData((chunk) => {
    reader.write(lines.convert(chunk));
    return true;
  });
  reader.write(lines.finish());
  reader.finish();
  return { leaves, charset: charset.found() };
}

/** More of a content than this, to be escaped, is shorter in base64. */
const BASE64_SHARE = 1 / 6;

function inspectLeaf(type: string | null): { add(text: string): void; encoding(): TransferEncoding | null } {
  const watch = watchForLongLines();
  const isText = type === null || type.startsWith('text/');
  let long = false;
  let escapes = 0;
  let length = 0;
  return {
    add(text) {
      long = watch.add(text);
      length += text.length;
      if (!isText) escapes += text.match(/[^\t\r\n -<>-~]/g)?.length ?? 0;
    },
    encoding() {
      if (!long) return null;
      return escapes > length * BASE64_SHARE ? 'base64' : 'quoted-printable';
    },
  };
}

/** What an undeclared text is in; what it is not known to be is said so (RFC 1428). */
function detectCharset(): { add(text: string): void; found(): Charset } {
  let charset: Charset = 'us-ascii';
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (text: string, stream: boolean): void => {
    try {
      decoder.decode(Buffer.from(text, 'latin1'), { stream });
    } catch {
      charset = 'unknown-8bit';
    }
  };
  return {
    add(text) {
      if (charset === 'us-ascii' && /[\x80-\xff]/.test(text)) charset = 'utf-8';
      if (charset === 'utf-8') decode(text, true);
    },
    found() {
      if (charset === 'utf-8') decode('', false);
      return charset;
    },
  };
}

/** A message without MIME-Version is none of MIME (RFC 2045 §4). */
function newHeader(header: string, body: Content, leaves: BodyEncoding['leaves'], charset: Charset): string {
  const version = hasField(header, 'mime-version') ? '' : 'MIME-Version: 1.0\r\n';
  const type = body.kind === 'leaf' && body.type === null ? `Content-Type: text/plain; charset=${charset}\r\n` : '';
  const declared = withFields(header, version + type);
  const encoding = body.kind === 'leaf' ? leaves.get(0) : undefined;
  return encoding === undefined ? declared : withEncoding(declared, encoding);
}

function bodySize(plan: Pick<BodyEncoding, 'body' | 'leaves'>, readData: ReadData): number {
  const writer = createBodyWriter(plan);
  let bytes = 0;
  readData((chunk) => {
    bytes += writer.convert(chunk).length;
    return true;
  });
  return bytes + writer.finish().length;
}
