/**
 * Line ends of a message that leave nothing to guess. In SMTP a line ends at CR LF and nowhere else
 * (RFC 5321 §2.3.8); where one server takes a bare LF or CR for a line end and the next does not, a
 * message can smuggle another one in. One with a bare CR or LF is read to its end, CR LF . CR LF, and
 * refused.
 */
import { InputLost } from '../submission/smtp-input.js';
import { CommandError, ExitStatus } from '../system/exit-status.js';

const LF = 10;
const CR = 13;

/**
 * The message as it comes. Its dots are unstuffed, which adds and takes no CR or LF. Throws
 * CommandError for a bare one, InputLost when the client goes away in the middle.
 */
export async function* strictLines(data: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let afterCr = false;
  for await (const chunk of untilLost(data)) {
    const bare = bareLineEnd(chunk, afterCr);
    if (bare !== null) throw bareRefusal(bare);
    afterCr = chunk.length === 0 ? afterCr : chunk[chunk.length - 1] === CR;
    yield chunk;
  }
}

async function* untilLost(data: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* data;
  } catch (error) {
    throw new InputLost('the connection was lost in the middle of a message', { cause: error });
  }
}

/** `afterCr`: the chunk before ended in CR. Every CR must stand before LF, every LF behind CR. */
function bareLineEnd(bytes: Uint8Array, afterCr: boolean): 'CR' | 'LF' | null {
  if (bytes.length === 0) return null;
  if (afterCr && bytes[0] !== LF) return 'CR';
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (at === 0 ? !afterCr : bytes[at - 1] !== CR) return 'LF';
  }
  for (let at = bytes.indexOf(CR); at >= 0; at = bytes.indexOf(CR, at + 1)) {
    if (at + 1 < bytes.length && bytes[at + 1] !== LF) return 'CR';
  }
  return null;
}

function bareRefusal(bare: 'CR' | 'LF'): CommandError {
  const other = bare === 'CR' ? 'LF behind' : 'CR before';
  return new CommandError(
    ExitStatus.DATAERR,
    `The message has ${bare} without ${other} it; lines of SMTP end in CR LF (RFC 5321 2.3.8)`,
  );
}
