/** Connections turned away: counted, and logged, but of one kind only once a minute, or a nuisance would fill the log. */
export interface Refusals {
  readonly count: number;
  add(words: string): void;
}

const QUIET_MS = 60_000;

export function createRefusals(
  clock: { steady(): number },
  log: (words: string) => void,
  onChange: () => void,
): Refusals {
  const logged = new Map<string, number>();
  let count = 0;
  return {
    get count() {
      return count;
    },
    add(words) {
      count += 1;
      const now = clock.steady();
      const before = logged.get(words);
      if (before === undefined || now - before >= QUIET_MS) {
        logged.set(words, now);
        log(`listener: refused a connection: ${words}`);
      }
      onChange();
    },
  };
}
