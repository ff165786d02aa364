/**
 * The lines of a control file for those who only look: found in its bytes by one pass, and made a text or
 * a number only where somebody asks. Header fields, continued lines and records that no listing shows
 * are left out. A line ends at LF, what is read of it at a NUL (sendmail's strings do). sendmail's
 * listing reads into a buffer, and what of a line does not fit is the next line to it.
 */
import { compileLightly } from './light-code.js';

const LF = 0x0a;
const CR = 0x0d;
const NUL = 0x00;
const KEPT: readonly boolean[] = Array.from({ length: 256 }, (_, byte) =>
  'VTKNPqRSMBFC'.includes(String.fromCharCode(byte)),
);
/** Of most control files; more are made room for. */
const USUAL_LINES = 64;

export class EnvelopeLines {
  count = 0;
  /** Bytes of the longest line, those left out included. */
  longest = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #length = 0;
  #starts = new Int32Array(USUAL_LINES);
  #ends = new Int32Array(USUAL_LINES);

  /** The first `length` of these bytes, which may not change while the lines are looked at. */
  read(bytes: Buffer, length: number): this {
    this.#bytes = bytes;
    this.#length = length;
    return this.cutAt(Infinity);
  }

  /** The same bytes again, in lines of at most so many bytes. */
  cutAt(longest: number): this {
    const bytes = this.#bytes;
    const length = this.#length;
    this.count = 0;
    this.longest = 0;
    let lineEnd = -1;
    for (let start = 0; start < length; ) {
      if (lineEnd < start) {
        const found = bytes.indexOf(LF, start);
        lineEnd = found < 0 || found >= length ? length : found;
        if (lineEnd - start > this.longest) this.longest = lineEnd - start;
      }
      const end = lineEnd - start > longest ? start + longest : lineEnd;
      if (end > start && KEPT[bytes[start] ?? NUL] === true) {
        if (this.count === this.#starts.length) this.#makeRoom();
        this.#starts[this.count] = start;
        this.#ends[this.count] = end;
        this.count += 1;
      }
      start = end === lineEnd ? lineEnd + 1 : end;
    }
    return this;
  }

  #makeRoom(): void {
    this.#starts = twiceAsLong(this.#starts);
    this.#ends = twiceAsLong(this.#ends);
  }

  /** The record's letter, as a code. */
  letter(line: number): number {
    return this.#bytes[this.#starts[line] ?? 0] ?? 0;
  }

  /** What follows the letter, in latin1; of the line's first `longest` bytes only. */
  text(line: number, longest = Infinity): string {
    const start = this.#starts[line] ?? 0;
    const text = this.#bytes.toString('latin1', start + 1, Math.min(this.#ends[line] ?? 0, start + longest));
    const nul = text.indexOf('\0');
    return nul < 0 ? text : text.slice(0, nul);
  }

  /** The same without a CR at its end. */
  value(line: number): string {
    const text = this.text(line);
    return text.endsWith('\r') ? text.slice(0, -1) : text;
  }

  /** atol(3) of what follows the letter: blanks, sign, digits, and 0 when there are none. */
  number(line: number, longest = Infinity): number {
    const bytes = this.#bytes;
    const start = this.#starts[line] ?? 0;
    const end = Math.min(this.#ends[line] ?? 0, start + longest);
    let at = start + 1;
    while (at < end && isBlank(bytes[at] ?? NUL)) at += 1;
    const sign = bytes[at];
    if (at < end && (sign === PLUS || sign === MINUS)) at += 1;
    let number = 0;
    for (; at < end; at += 1) {
      const digit = (bytes[at] ?? NUL) - ZERO;
      if (digit < 0 || digit > 9) break;
      number = number * 10 + digit;
    }
    return sign === MINUS ? -number : number;
  }
}

const { read, cutAt, letter, text, value, number } = EnvelopeLines.prototype;
compileLightly(read, cutAt, letter, text, value, number, isBlank);

const PLUS = 0x2b;
const MINUS = 0x2d;
const ZERO = 0x30;

function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= CR);
}

function twiceAsLong(numbers: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const twice = new Int32Array(numbers.length * 2);
  twice.set(numbers);
  return twice;
}
