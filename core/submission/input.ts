/**
 * Standard input to a header section and a stream of body bytes, as sendmail's collect() reads it:
 * CR LF becomes LF, a CR at the very end is dropped; without -i a line with a single dot ends the
 * message and a doubled dot at the start of a line loses one; a first line `From ...` of a
 * mailbox is set apart. The header ends at an empty line, which belongs to neither part, or at
 * the first line that is no field, which is body. Chunks are passed on as they come, each overwritten
 * by the next one, so a body may be of any size.
 */
import { isAscii } from 'node:buffer';
import type { Field } from '../mail/header.js';
import { createHeaderReader } from './header-reader.js';

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
  /** One was seen before the body began: the first line of a body without an empty line before it counts. */
  readonly eightBitHeader: boolean;
}

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
    eightBitHeader: header.eightBit(),
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
  let out = Buffer.alloc(0);
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
      if (!heldCr && !heldDot && !sevenBit && isPlain(chunk, lineStart, ignoreDots)) {
        lineStart = chunk[chunk.length - 1] === LF;
        if (!isAscii(chunk)) allBits = 0xff;
        sizeBytes += chunk.length;
        return chunk;
      }
      if (out.length < chunk.length + 2) out = Buffer.allocUnsafe(chunk.length + 2);
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

/** Nothing in it to convert: most messages come so, in one piece. */
function isPlain(chunk: Uint8Array, lineStart: boolean, ignoreDots: boolean): boolean {
  if (chunk.includes(CR)) return false;
  if (ignoreDots) return true;
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
  return !(lineStart && bytes[0] === DOT) && !bytes.includes('\n.');
}
