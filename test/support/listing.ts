/** A listing as one text. */
import { type PrintOptions, printQueue } from '../../core/cli/listing.js';

export function listQueue(spool: { readonly directory: string }, options: PrintOptions): string {
  const pieces: string[] = [];
  printQueue(spool, options, (piece) => pieces.push(piece));
  return pieces.join('');
}
