/**
 * Standard input to a header section and a stream of body bytes, as sendmail's collect() reads it:
 * CR LF becomes LF, a CR at the very end is dropped; without -i a line with a single dot ends the
 * message and a doubled dot at the start of a line loses one; a first line `From ...` of a
 * mailbox is set apart. The header ends at an empty line, which belongs to neither part, or at
 * the first line that is no field, which is body. Chunks are passed on as they come, so a body
 * may be of any size.
 */
import { endsHeader, type Field, isFieldLine, parseField } from '../mail/header.js';
import { CommandError, ExitStatus } from '../system/exit-status.js';

export interface InputRules {
  readonly ignoreDots: boolean;
  /** Clear the eighth bit (-B7BIT). */
  readonly sevenBit: boolean;
}

export interface Input {
  readonly fields: readonly Field[];
  /** `From alice Thu Nov 12 08:09:10 2026`, when the input began with one. */
  readonly fromLine: string | null;
  /** To be read once, to its end. */
  readonly body: AsyncIterable<Uint8Array>;
  /** What has been read so far, after the conversions: the size that priority and log are about. */
  sizeBytes(): number;
  /** A byte above 127 has been seen. */
  hasEightBit(): boolean;
}

/** RFC 5322 §2.1.1: a line that has no colon by then is no field; it may be a body without any line end. */
const MAX_LINE_BYTES = 998;
/** Far above any real header; sendmail takes 32 kB and loses what is longer. */
const MAX_HEADER_BYTES = 1024 * 1024;

export async function readInput(source: AsyncIterable<Uint8Array>, rules: InputRules): Promise<Input> {
  const converter = createConverter(rules);
  const converted = convertAll(source, converter);
  const header = createHeaderReader();
  let left: Uint8Array | null = null;
  while (left === null) {
    const { value, done } = await converted.next();
    left = done === true ? header.finish() : header.read(value);
  }
  const rest = left;
  async function* body(): AsyncGenerator<Uint8Array> {
    if (rest.length > 0) yield rest;
    yield* converted;
  }
  return {
    fields: header.fields(),
    fromLine: header.fromLine(),
    body: body(),
    sizeBytes: () => converter.sizeBytes,
    hasEightBit: () => converter.eightBit,
  };
}

async function* convertAll(source: AsyncIterable<Uint8Array>, converter: Converter): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    const converted = converter.convert(chunk);
    if (converted.length > 0) yield converted;
    if (converter.ended) return;
  }
}

const LF = 10;
const CR = 13;
const DOT = 46;

interface Converter {
  convert(chunk: Uint8Array): Uint8Array;
  /** The dot line has been seen; what follows is not part of the message. */
  readonly ended: boolean;
  readonly sizeBytes: number;
  readonly eightBit: boolean;
}

function createConverter({ ignoreDots, sevenBit }: InputRules): Converter {
  const mask = sevenBit ? 0x7f : 0xff;
  let lineStart = true;
  /** A CR or a dot at the start of a line waits for the byte after it. */
  let heldCr = false;
  let heldDot = false;
  let ended = false;
  let sizeBytes = 0;
  let allBits = 0;
  return {
    get ended() {
      return ended;
    },
    get sizeBytes() {
      return sizeBytes;
    },
    get eightBit() {
      return allBits > 0x7f;
    },
    convert(chunk) {
      const out = Buffer.allocUnsafe(chunk.length + 2);
      let length = 0;
      for (let index = 0; index < chunk.length; index += 1) {
        const byte = (chunk[index] ?? 0) & mask;
        if (byte === LF) {
          if (heldDot) {
            ended = true;
            break;
          }
          heldCr = false;
          out[length++] = LF;
          lineStart = true;
          continue;
        }
        if (byte === CR && !heldCr) {
          heldCr = true;
          continue;
        }
        if (heldDot) {
          heldDot = false;
          out[length++] = DOT;
          // The second of two dots goes, unless a CR stood between them.
          if (byte === DOT && !heldCr) continue;
        } else if (lineStart && byte === DOT && !ignoreDots && !heldCr) {
          heldDot = true;
          lineStart = false;
          continue;
        }
        lineStart = false;
        if (heldCr) {
          out[length++] = CR;
          heldCr = false;
          if (byte === CR) {
            heldCr = true;
            continue;
          }
        }
        allBits |= byte;
        out[length++] = byte;
      }
      sizeBytes += length;
      return out.subarray(0, length);
    },
  };
}

interface HeaderReader {
  /** The first bytes of the body once the header has ended; null before. */
  read(chunk: Uint8Array): Uint8Array | null;
  finish(): Uint8Array;
  fields(): Field[];
  fromLine(): string | null;
}

const NOTHING = new Uint8Array(0);

function createHeaderReader(): HeaderReader {
  const texts: string[] = [];
  let fromLine: string | null = null;
  let firstLine = true;
  let partial: Uint8Array = NOTHING;
  let totalBytes = 0;

  /** 'field': taken. 'end': an empty line. 'body': the line belongs to the body. */
  const take = (line: string): 'field' | 'end' | 'body' => {
    const first = firstLine;
    firstLine = false;
    if (first && line.startsWith('From ')) {
      fromLine = line;
      return 'field';
    }
    if (line === '') return 'end';
    const last = texts.at(-1);
    if (/^[ \t]/.test(line) && last !== undefined) {
      texts[texts.length - 1] = `${last}\n${line}`;
      return 'field';
    }
    if (!isFieldLine(line) || endsHeader(parseField(line).name)) return 'body';
    texts.push(line);
    return 'field';
  };

  const isBody = (line: string): boolean => {
    const continues = /^[ \t]/.test(line) && texts.length > 0;
    return !continues && !(firstLine && line.startsWith('From ')) && !isFieldLine(line);
  };

  return {
    read(chunk) {
      totalBytes += chunk.length;
      const bytes = partial.length === 0 ? Buffer.from(chunk) : Buffer.concat([partial, chunk]);
      let at = 0;
      for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, at)) {
        const kind = take(bytes.toString('latin1', at, end));
        if (kind === 'body') return bytes.subarray(at);
        at = end + 1;
        if (kind === 'end') return bytes.subarray(at);
      }
      partial = bytes.subarray(at);
      if (partial.length > MAX_LINE_BYTES && isBody(bytes.toString('latin1', at, at + MAX_LINE_BYTES))) return partial;
      if (totalBytes > MAX_HEADER_BYTES)
        throw new CommandError(ExitStatus.DATAERR, `Headers too large (${MAX_HEADER_BYTES} max)`);
      return null;
    },
    finish() {
      const rest = Buffer.from(partial);
      return rest.length > 0 && take(rest.toString('latin1')) === 'body' ? rest : NOTHING;
    },
    fields: () => texts.map(parseField),
    fromLine: () => fromLine,
  };
}
