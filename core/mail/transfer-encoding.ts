/**
 * Quoted-printable and base64 (RFC 2045 §6.7, §6.8), piece by piece: the same bytes come out wherever the
 * pieces are cut, which the encoders of libraries at hand do not promise. What goes in has CR LF for its line
 * ends, never cut in two, and no other CR or LF. Strings hold one byte a character.
 */
export type TransferEncoding = 'quoted-printable' | 'base64';

export interface Encoder {
  encode(text: string): Buffer;
  finish(): Buffer;
}

export function createEncoder(encoding: TransferEncoding): Encoder {
  return encoding === 'base64' ? createBase64() : createQuotedPrintable();
}

const [TAB, LF, CR, SPACE, DASH, EQUALS] = [0x09, 0x0a, 0x0d, 0x20, 0x2d, 0x3d] as const;
const HEX = Buffer.from('0123456789ABCDEF');
/** Of 76 the last is for the `=` of a soft line break. */
const QUOTED_COLUMNS = 75;

/** Line ends stay line ends: the content is still text, and its reader puts his own. */
function createQuotedPrintable(): Encoder {
  let column = 0;
  /** A blank at the end of a piece: what it is written as depends on whether the line goes on. */
  let held = '';

  const write = (text: string, end: number): Buffer => {
    // At worst each character takes three bytes, and one in 25 a soft line break too.
    const out = Buffer.allocUnsafe(Math.ceil(end * 3.13) + 3);
    let length = 0;
    for (let at = 0; at < end; at += 1) {
      const code = text.charCodeAt(at);
      if (code === CR || code === LF) {
        out[length++] = code;
        column = 0;
        continue;
      }
      const literal =
        code === SPACE || code === TAB ? goesOn(text, at + 1) : code > SPACE && code < 0x7f && code !== EQUALS;
      if (column + (literal ? 1 : 3) > QUOTED_COLUMNS) {
        out[length++] = EQUALS;
        out[length++] = CR;
        out[length++] = LF;
        column = 0;
      }
      // A line that begins with two dashes could, once a long one has been broken there, be taken for a boundary.
      if (literal && (code !== DASH || column > 0)) {
        out[length++] = code;
        column += 1;
      } else {
        out[length++] = EQUALS;
        out[length++] = HEX[code >> 4] ?? 0;
        out[length++] = HEX[code & 15] ?? 0;
        column += 3;
      }
    }
    return out.subarray(0, length);
  };

  return {
    encode(text) {
      const all = held + text;
      const end = all.length - (all.endsWith(' ') || all.endsWith('\t') ? 1 : 0);
      held = all.slice(end);
      return write(all, end);
    },
    finish: () => write(held, held.length),
  };
}

function goesOn(text: string, at: number): boolean {
  return at < text.length && text.charCodeAt(at) !== CR;
}

const BASE64_LINE_BYTES = 57;

/** Without a line end after the last line. */
function createBase64(): Encoder {
  let rest = '';
  let begun = false;
  const lines = (text: string): string => {
    const base64 = Buffer.from(text, 'latin1')
      .toString('base64')
      .replace(/.{76}(?=.)/g, '$&\r\n');
    if (base64 === '') return '';
    const separated = begun ? `\r\n${base64}` : base64;
    begun = true;
    return separated;
  };
  return {
    encode(text) {
      const all = rest + text;
      const whole = all.length - (all.length % BASE64_LINE_BYTES);
      rest = all.slice(whole);
      return Buffer.from(lines(all.slice(0, whole)), 'latin1');
    },
    finish: () => Buffer.from(lines(rest), 'latin1'),
  };
}
