/**
 * The lines of one session, kept for reports while they are passed on to a transcript: those of
 * the transaction under way, and what the relay offered last.
 */
export interface SessionLog {
  readonly listen: (line: string) => void;
  /** A new transaction begins: forget the one before. */
  begin(): void;
  readonly lines: readonly string[];
  /** Keywords of its EHLO in capitals; null: it has not said. */
  readonly extensions: ReadonlySet<string> | null;
}

/** A relay that talks without end is not listened to for ever. */
const LINE_LIMIT = 10_000;

export function createSessionLog(pass: ((line: string) => void) | undefined): SessionLog {
  let lines: string[] = [];
  let extensions: Set<string> | null = null;
  let greeting = false;
  return {
    listen(line) {
      pass?.(line);
      if (line.startsWith('>>> ')) {
        greeting = /^>>> EHLO/i.test(line);
        if (greeting) extensions = new Set();
      } else if (greeting && /^250[ -]\S/.test(line))
        extensions?.add(line.slice(4).split(' ', 1)[0]?.toUpperCase() ?? '');
      if (lines.length < LINE_LIMIT) lines.push(line);
    },
    begin() {
      lines = [];
    },
    get lines() {
      return lines;
    },
    get extensions() {
      return extensions;
    },
  };
}
