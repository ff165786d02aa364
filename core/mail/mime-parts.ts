/**
 * The parts of a MIME body (RFC 2046 §5.1) as they pass by, each byte of it handed on once and in its order.
 * A line end before a boundary is the boundary's. Nothing is held but what may yet become a boundary, and
 * header sections. Content that may not be changed goes by with what is between the parts. Forgiving: a part
 * ends at a boundary of whatever is around it, or with the body. Goes in as CR LF lines, never cut between
 * CR and LF. Pure; strings hold one byte a character.
 */
import { type Content, readContent } from './content-fields.js';

export interface PartHandler {
  /** A leaf begins, whose header section with its empty line this is; of the body itself: null. */
  leaf(header: string | null, type: string | null): void;
  /** Of the leaf that has begun last. */
  content(text: string): void;
  endLeaf(): void;
  /** What is no content of a leaf. */
  other(text: string): void;
}

export interface PartReader {
  write(text: string): void;
  finish(): void;
}

const MAX_HEADER = 1024 * 1024;
const MAX_DEPTH = 100;
/** A longer line is no boundary. */
const MAX_BOUNDARY_LINE = 998;

export function createPartReader(body: Content, handler: PartHandler): PartReader {
  const open: { readonly boundary: string; readonly digest: boolean }[] = [];
  let mode: 'header' | 'leaf' | 'other' = 'other';
  /** Not handed on yet, from `at`. */
  let text = '';
  let at = 0;
  /** A line begins at `at`, and its line end was handed on. */
  let fresh = true;
  let header = '';

  const handOn = (end: number): void => {
    if (end > at) {
      if (mode === 'leaf') handler.content(text.slice(at, end));
      else handler.other(text.slice(at, end));
      fresh = false;
    }
    at = end;
  };
  const enter = (content: Content, section: string | null): void => {
    if (content.kind === 'leaf') {
      mode = 'leaf';
      handler.leaf(section, content.type);
      return;
    }
    mode = 'other';
    if (section !== null) handler.other(section);
    const isNew = content.kind === 'multipart' && open.every(({ boundary }) => boundary !== content.boundary);
    if (isNew && open.length < MAX_DEPTH) open.push(content);
  };

  /** Leaves what the boundary on this line ends; false: there is none on it. */
  const passBoundary = (line: string): boolean => {
    const level = open.findLastIndex(({ boundary }) => isBoundary(line, boundary));
    const found = open[level];
    if (found === undefined) return false;
    if (mode === 'leaf') handler.endLeaf();
    const closes = line.startsWith('--', found.boundary.length + 2);
    open.length = closes ? level : level + 1;
    mode = closes ? 'other' : 'header';
    header = '';
    return true;
  };

  /** One line of a header section; false: it is not whole yet. */
  const readHeaderLine = (): boolean => {
    const end = text.indexOf('\r\n', at);
    const tooLong = header.length + (end < 0 ? text.length : end) - at > MAX_HEADER;
    if (end < 0 && !tooLong) return false;
    const line = text.slice(at, end < 0 ? at : end + 2);
    at += line.length;
    if (tooLong) {
      handler.other(header + line);
      mode = 'other';
      fresh = true;
    } else if (line.startsWith('--') && open.length > 0) {
      const before = header;
      if (passBoundary(line.slice(0, -2))) handler.other(before + line);
      else header += line;
      fresh = true;
    } else {
      header += line;
      fresh = true;
      if (line === '\r\n') enter(readContent(header, open.at(-1)?.digest), header);
    }
    return true;
  };

  /** Up to the next boundary; false: more is needed to find it. */
  const readContentText = (): boolean => {
    if (open.length === 0) {
      handOn(text.length);
      return false;
    }
    const start = fresh && text.startsWith('--', at) ? at : text.indexOf('\r\n--', at);
    if (start < 0) {
      handOn(fresh && text.slice(at) === '-' ? at : text.length - possibleStart(text, at));
      return false;
    }
    const from = text.startsWith('--', start) ? start : start + 2;
    const end = text.indexOf('\r\n', from);
    if (end < 0 && text.length - from <= MAX_BOUNDARY_LINE) {
      handOn(start);
      return false;
    }
    const line = text.slice(from, end < 0 ? from : end);
    // A leaf's content ends before the boundary, which is looked at first.
    const isOne = open.some(({ boundary }) => isBoundary(line, boundary));
    handOn(isOne ? start : Math.max(from + 2, end));
    if (!isOne) return true;
    passBoundary(line);
    handler.other(text.slice(at, end + 2));
    at = end + 2;
    fresh = true;
    return true;
  };

  enter(body, null);
  return {
    write(more) {
      text = text.slice(at) + more;
      at = 0;
      while (at < text.length && (mode === 'header' ? readHeaderLine() : readContentText()));
    },
    finish() {
      if (mode === 'header') handler.other(header);
      handOn(text.length);
      if (mode === 'leaf') handler.endLeaf();
    },
  };
}

/** How much of the end may be the beginning of what stands before a boundary. */
function possibleStart(text: string, at: number): number {
  return ['\r\n-', '\r\n'].find((start) => text.endsWith(start) && text.length - at >= start.length)?.length ?? 0;
}

/** `--boundary` or `--boundary--`, and blanks after it. */
function isBoundary(line: string, boundary: string): boolean {
  if (!line.startsWith(boundary, 2) || !line.startsWith('--')) return false;
  return /^(?:--)?[ \t]*$/.test(line.slice(boundary.length + 2));
}
