/**
 * The header section out of converted input: fields with their folds, and where the body begins: at
 * an empty line, which belongs to neither, at the first line that is no field, which is body,
 * or at a field that ends the header (`Text:`). NUL bytes go as long as it lasts.
 */
import { reaches } from '../mail/characters.js';
import { endsHeader, type Field, isFieldLine, parseField } from '../mail/header.js';
import { CommandError, ExitStatus } from '../system/exit-status.js';

const LF = 10;
/** From here on a line that cannot be a field is taken for the body before its end: it may have none. */
const LONG_LINE_BYTES = 998;
/** sendmail's limit for a header, and so for the name of a field. */
const MAX_NAME_BYTES = 32_768;
/** Far above any real header; sendmail takes 32 kB and loses what is longer. */
const MAX_HEADER_BYTES = 1024 * 1024;

export interface HeaderReader {
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

export function createHeaderReader(): HeaderReader {
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
    eightBit ||= reaches(line, 0x80);
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
