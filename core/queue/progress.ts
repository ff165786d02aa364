/**
 * Messages that are being handed over at this moment: how far they have come, and a way to stop one. Kept by
 * the process that sends. A message can be stopped until its final dot; after it the relay may have it.
 */
import type { Clock } from '../system/clock.js';

export interface Progress {
  readonly sentBytes: number;
  /** An estimate. */
  readonly totalBytes: number;
}

/** of no use: nobody is sending it, or here it cannot be stopped any more. */
export type CancelResult = 'cancelled' | 'too-late' | 'gone';

export interface Transfer {
  readonly cancelled: AbortSignal;
  note(sentBytes: number): void;
  /** From here on it cannot be stopped. */
  complete(): void;
  end(): void;
}

export interface ProgressBook {
  /** `onStep`: it has come further; told now and then. */
  begin(id: string, totalBytes: number, onStep: () => void): Transfer;
  get(id: string): Progress | null;
  cancel(id: string): CancelResult;
}

const STEP_MS = 500;

export function createProgressBook(clock: Clock): ProgressBook {
  const book = new Map<string, { progress: Progress; controller: AbortController; complete: boolean }>();
  return {
    begin(id, totalBytes, onStep) {
      const page = { progress: { sentBytes: 0, totalBytes }, controller: new AbortController(), complete: false };
      book.set(id, page);
      let toldAt = clock.steady();
      return {
        cancelled: page.controller.signal,
        note(sentBytes) {
          page.progress = { sentBytes, totalBytes: Math.max(totalBytes, sentBytes) };
          if (clock.steady() - toldAt < STEP_MS) return;
          toldAt = clock.steady();
          onStep();
        },
        complete() {
          page.complete = true;
        },
        end() {
          if (book.get(id) === page) book.delete(id);
        },
      };
    },
    get: (id) => book.get(id)?.progress ?? null,
    cancel(id) {
      const page = book.get(id);
      if (page === undefined) return 'gone';
      if (page.complete) return 'too-late';
      page.controller.abort();
      return 'cancelled';
    },
  };
}
