/**
 * A control file as lines, for those who only look: header fields and continued lines left out,
 * since nobody who lists a queue shows them. A line ends at LF, what is read of it at a NUL
 * (sendmail's strings do). sendmail's listing reads into a buffer, and what of a line does not fit
 * is the next line to it. Bytes as latin1. Pure.
 */
const LF = 0x0a;
const LEFT_OUT = new Set([0x48 /* H */, 0x20, 0x09]);

/** `longest`: bytes of a line; Infinity: lines are whole. */
export function* envelopeLines(bytes: Buffer, longest: number): Generator<string> {
  let lineEnd = -1;
  for (let start = 0; start < bytes.length; ) {
    if (lineEnd < start) {
      const found = bytes.indexOf(LF, start);
      lineEnd = found < 0 ? bytes.length : found;
    }
    const end = Math.min(lineEnd, start + longest);
    if (end > start && !LEFT_OUT.has(bytes[start] ?? 0)) {
      const line = bytes.toString('latin1', start, end);
      const nul = line.indexOf('\0');
      yield nul < 0 ? line : line.slice(0, nul);
    }
    start = end === lineEnd ? lineEnd + 1 : end;
  }
}
