/**
 * The body of a message as it stands in a report about it: lines that begin with `From ` get a
 * `>`, as in a mailbox, and one that would end its part a blank. Chunks may be cut anywhere. Pure.
 */
const LF = 10;

export interface BodyCopier {
  copy(chunk: Uint8Array): Buffer;
  /** What is left. */
  finish(): Buffer;
}

export function createBodyCopier(boundary: string): BodyCopier {
  const separator = `--${boundary}`;
  const marks = [
    { start: Buffer.from('From ', 'latin1'), prefix: Buffer.from('>') },
    { start: Buffer.from(separator, 'latin1'), prefix: Buffer.from(' ') },
  ];
  /** Start of a line that may still become one of the marks. */
  let held: Buffer = Buffer.alloc(0);
  let atLineStart = true;

  const undecided = (bytes: Buffer): boolean =>
    marks.some(({ start }) => bytes.length < start.length && start.subarray(0, bytes.length).equals(bytes));

  return {
    copy(chunk) {
      const bytes = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk]);
      held = Buffer.alloc(0);
      const out: Buffer[] = [];
      let from = 0;
      while (from < bytes.length) {
        if (atLineStart) {
          const rest = bytes.subarray(from);
          if (undecided(rest)) {
            held = rest;
            break;
          }
          const mark = marks.find(({ start }) => rest.subarray(0, start.length).equals(start));
          if (mark !== undefined) out.push(mark.prefix);
        }
        const end = bytes.indexOf(LF, from);
        atLineStart = end >= 0;
        out.push(bytes.subarray(from, end < 0 ? bytes.length : end + 1));
        from = end < 0 ? bytes.length : end + 1;
      }
      return Buffer.concat(out);
    },
    finish() {
      const rest = held;
      held = Buffer.alloc(0);
      return rest;
    },
  };
}
