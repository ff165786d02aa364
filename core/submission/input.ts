/**
 * Standard input to a header section and a stream of body bytes, as sendmail's collect() reads it:
 * CR LF becomes LF, a CR at the very end is dropped; without -i a line with a single dot ends the
 * message and a doubled dot at the start of a line loses one; a first line `From ...` of a
 * mailbox is set apart. The header ends at an empty line, which belongs to neither part, or at
 * the first line that is no field, which is body. Chunks are passed on as they come, so a body
 * may be of any size.
 */
import { isAscii } from 'node:buffer';
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
  /** One was seen before the body began: the first line of a body without an empty line before it counts. */
  readonly eightBitHeader: boolean;
}

/** From here on a line that cannot be a field is taken for the body before its end: it may have none. */
const LONG_LINE_BYTES = 998;
/** sendmail's limit for a header, and so for the name of a field. */
const MAX_NAME_BYTES = 32_768;
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

/** Nothing in it to convert: most messages come so, in one piece. */
function isPlain(chunk: Uint8Array, lineStart: boolean, ignoreDots: boolean): boolean {
  if (chunk.includes(CR)) return false;
  if (ignoreDots) return true;
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
  return !(lineStart && bytes[0] === DOT) && !bytes.includes('\n.');
}

interface HeaderReader {
  /** The first bytes of the body once the header has ended; null before. */
  read(chunk: Uint8Array): Uint8Array | null;
  finish(): Uint8Array;
  fields(): Field[];
  fromLine(): string | null;
  eightBit(): boolean;
}

const NOTHING = new Uint8Array(0);

function isBlank(character: string): boolean {
  return character === ' ' || character === '\t';
}

function createHeaderReader(): HeaderReader {
  const texts: string[] = [];
  let fromLine: string | null = null;
  let firstLine = true;
  let partial: Uint8Array = NOTHING;
  let totalBytes = 0;
  let eightBit = false;
  /** `Text:` or its like, with its continuation lines: the body begins with it. */
  let ending: string | null = null;

  /** null: taken for the header; else what the body begins with. */
  const take = (line: string, folded = isBlank(line.charAt(0))): string | null => {
    const first = firstLine;
    firstLine = false;
    eightBit ||= /[\x80-\xff]/.test(line);
    if (first && line.startsWith('From ')) {
      fromLine = line;
      return null;
    }
    const last = texts.at(-1);
    if (folded) {
      if (ending !== null) ending += `\n${line}`;
      else if (last !== undefined) texts[texts.length - 1] = `${last}\n${line}`;
      else return `${line}\n`;
      return null;
    }
    if (line === '' || line === '\r') return '';
    if (!isFieldLine(line)) return `${line}\n`;
    if (endsHeader(parseField(line).name)) ending = line;
    else texts.push(line);
    return null;
  };

  /** The start of a long line shows that it is no field. */
  const isBody = (start: string): boolean =>
    !(isBlank(start.charAt(0)) && (texts.length > 0 || ending !== null)) &&
    !(firstLine && start.startsWith('From ')) &&
    !isFieldLine(start) &&
    (start.length > MAX_NAME_BYTES || !/^[!-9;-~]+[ \t\r\v\f]*$/.test(start));

  return {
    read(chunk) {
      totalBytes += chunk.length;
      const bytes = partial.length === 0 ? Buffer.from(chunk) : Buffer.concat([partial, chunk]);
      if (ending !== null && !mayContinue(bytes, 0)) return joined(ended(ending), bytes);
      let at = 0;
      for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, at)) {
        // A NUL in front of a blank goes, but what it stood in front of is no fold.
        const begin = take(withoutNul(bytes, at, end), isBlank(String.fromCharCode(bytes[at] ?? 0)));
        at = end + 1;
        if (begin !== null) return joined(begin, bytes.subarray(at));
        if (ending !== null && !mayContinue(bytes, at)) return joined(ended(ending), bytes.subarray(at));
      }
      partial = bytes.subarray(at);
      if (partial.length > LONG_LINE_BYTES && isBody(withoutNul(partial, 0, MAX_NAME_BYTES + 1))) {
        return joined('', partial);
      }
      if (totalBytes > MAX_HEADER_BYTES)
        throw new CommandError(ExitStatus.DATAERR, `Headers too large (${MAX_HEADER_BYTES} max)`);
      return null;
    },
    finish() {
      const rest = withoutNul(partial, 0, partial.length);
      // A `From ` line without its end is dropped, and its date with it.
      if (firstLine && rest.startsWith('From ')) return NOTHING;
      const begin = rest === '' ? null : take(rest);
      if (begin !== null) return Buffer.from(begin.replace(/\n$/, ''), 'latin1');
      return ending === null ? NOTHING : Buffer.from(ended(ending), 'latin1');
    },
    fields: () => texts.map(parseField),
    fromLine: () => fromLine,
    eightBit: () => eightBit,
  };
}

/** Of a line that ends in CR CR LF, the second CR goes only here. */
function ended(ending: string): string {
  return ending.replace(/\r$/, '');
}

function joined(begin: string, rest: Uint8Array): Uint8Array {
  return begin === '' ? rest : Buffer.concat([Buffer.from(begin, 'latin1'), rest]);
}

/** Nobody knows before the next byte has come. */
function mayContinue(bytes: Uint8Array, at: number): boolean {
  return at >= bytes.length || isBlank(String.fromCharCode(bytes[at] ?? 0));
}

/** sendmail drops NUL bytes as long as it reads the header, which the body's first line is part of. */
function withoutNul(bytes: Uint8Array, from: number, to: number): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1', from, to);
  return text.includes('\0') ? text.replaceAll('\0', '') : text;
}
