/**
 * Many short texts, held as bytes in a few large pieces: ten thousand strings of their own would take twice the
 * memory and the collector's time. Latin1, by number; what was not held is null.
 */
import { compileLightly } from '../spool/light-code.js';

const PIECE_BYTES = 256 * 1024;

export interface HeldTexts {
  /** At most as long as a piece. */
  hold(number: number, text: string): void;
  get(number: number): string | null;
}

export function createHeldTexts(): HeldTexts {
  const pieces: Buffer[] = [];
  const ends: number[] = [];
  const lengths: number[] = [];
  let piece = Buffer.alloc(0);
  let used = 0;
  const texts: HeldTexts = {
    hold(number, text) {
      if (used + text.length > piece.length) {
        piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
        pieces.push(piece);
        used = 0;
      }
      used += piece.write(text, used, 'latin1');
      while (ends.length <= number) {
        ends.push(0);
        lengths.push(0);
      }
      ends[number] = (pieces.length - 1) * PIECE_BYTES + used;
      lengths[number] = text.length;
    },
    get(number) {
      const length = lengths[number] ?? 0;
      if (length === 0) return null;
      const start = (ends[number] ?? 0) - length;
      const within = start % PIECE_BYTES;
      return pieces[Math.floor(start / PIECE_BYTES)]?.toString('latin1', within, within + length) ?? null;
    },
  };
  compileLightly(texts.hold, texts.get);
  return texts;
}
