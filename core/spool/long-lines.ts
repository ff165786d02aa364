/**
 * Whether a text has a line that SMTP has no room for: more than 998 bytes without its line end (RFC 5321
 * §4.5.3.1.6, RFC 5322 §2.1.1). CR and LF both end a line. It looks from the far end of what a line may be
 * back to the last line end there, so that a few bytes of each line are read. One byte a character.
 */
export const MAX_LINE_BYTES = 998;

export interface LongLineWatch {
  /** The text goes on; true from the first line on that is too long. */
  add(text: string): boolean;
}

export function watchForLongLines(): LongLineWatch {
  let found = false;
  // Of the line that the pieces before have left open.
  let open = 0;
  return {
    add(text) {
      if (found) return true;
      let start = -open;
      while (text.length - start > MAX_LINE_BYTES) {
        const from = Math.max(start, 0);
        const end = anyLineEnd(text.slice(from, start + MAX_LINE_BYTES + 1));
        if (end < 0) {
          found = true;
          return true;
        }
        start = from + end + 1;
      }
      const from = Math.max(start, 0);
      const rest = text.slice(from);
      const end = Math.max(rest.lastIndexOf('\n'), rest.lastIndexOf('\r'));
      open = text.length - (end < 0 ? start : from + end + 1);
      return false;
    },
  };
}

/** The last LF, or else the last CR; -1: none. */
function anyLineEnd(text: string): number {
  const lineFeed = text.lastIndexOf('\n');
  return lineFeed >= 0 ? lineFeed : text.lastIndexOf('\r');
}
