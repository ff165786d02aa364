/**
 * The lines of one session, kept for reports while they are passed on to a transcript: those of
 * the transaction under way, and whether the relay tells senders of deliveries (DSN, RFC 3461).
 */
export interface SessionLog {
  readonly listen: (line: string) => void;
  /** A new transaction begins: forget the one before. */
  begin(): void;
  readonly lines: readonly string[];
  /** null: it has not said. */
  readonly offersDsn: boolean | null;
}

/** A relay that talks without end is not listened to for ever. */
const LINE_LIMIT = 10_000;

export function createSessionLog(pass: ((line: string) => void) | undefined): SessionLog {
  let lines: string[] = [];
  let offersDsn: boolean | null = null;
  let greeting = false;
  return {
    listen(line) {
      pass?.(line);
      if (line.startsWith('>>> ')) {
        greeting = /^>>> EHLO/i.test(line);
        if (greeting) offersDsn = false;
      } else if (greeting && /^250[ -]DSN\b/i.test(line)) offersDsn = true;
      if (lines.length < LINE_LIMIT) lines.push(line);
    },
    begin() {
      lines = [];
    },
    get lines() {
      return lines;
    },
    get offersDsn() {
      return offersDsn;
    },
  };
}
