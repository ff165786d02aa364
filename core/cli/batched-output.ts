/** Much text for standard output in few writes, out of one buffer. Text is bytes (latin1). */
import { compileLightly } from '../spool/light-code.js';
import { writeBytesOut, writeOut } from './standard-output.js';

const BATCH_BYTES = 64 * 1024;

/** What is printed has been written when this returns. */
export function writeInBatches(produce: (print: (piece: string) => void) => void): void {
  const batch = Buffer.allocUnsafeSlow(BATCH_BYTES);
  let used = 0;
  const flush = (): void => {
    writeBytesOut(batch, used);
    used = 0;
  };
  const print = (piece: string): void => {
    if (piece.length > BATCH_BYTES - used) flush();
    if (piece.length > BATCH_BYTES) writeOut(piece);
    else used += batch.write(piece, used, 'latin1');
  };
  compileLightly(print);
  produce(print);
  flush();
}
