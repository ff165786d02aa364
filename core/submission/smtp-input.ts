/**
 * The client's side of SMTP on standard input: command lines, and after DATA the message. A line
 * ends at CR LF; for commands a bare LF will do, since local programs write that. A message ends
 * only at CR LF . CR LF (RFC 5321 §4.1.1.4): what other line ends might mean is nobody's guess.
 */
export interface SmtpInput {
  /** Without its line end, one byte a character; null at the end of input. Throws CommandTooLong. */
  readLine(): Promise<string | null>;
  /** One more can be had without waiting for the client. */
  hasLine(): boolean;
  /**
   * The message up to its final dot, dots unstuffed, CR LF kept. A piece is overwritten by the next one.
   * Throws InputLost when input ends first.
   */
  readData(): AsyncGenerator<Uint8Array>;
  /** Whatever is left of a message that nobody wants any more: it must not be taken for commands. */
  skipData(): Promise<void>;
}

export class InputLost extends Error {
  override readonly name = 'InputLost';
}

/** Where it ends nobody can say: what follows must not be taken for commands. */
export class CommandTooLong extends Error {
  override readonly name = 'CommandTooLong';
}

const NOTHING = Buffer.alloc(0);
const LF = 10;
const CR = 13;
const DOT = 46;
/** With its line end, as sendmail; RFC 5321 §4.5.3.1.4 asks for 512, and parameters add to it. */
const MAX_COMMAND_BYTES = 2048;

export function createSmtpInput(source: AsyncIterable<Uint8Array>): SmtpInput {
  const chunks = source[Symbol.asyncIterator]();
  /** A chunk of the source as long as it is whole: what is left of it is copied before the next may overwrite it. */
  let buffered: Buffer = NOTHING;
  const more = async (): Promise<boolean> => {
    const rest = buffered.length === 0 ? NOTHING : Buffer.from(buffered);
    buffered = rest;
    const { value, done } = await chunks.next();
    if (done === true) return false;
    const chunk = Buffer.from(value.buffer, value.byteOffset, value.length);
    buffered = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    return true;
  };
  const dots = createDotReader();
  async function* data(): AsyncGenerator<Uint8Array> {
    while (!dots.ended) {
      const { bytes, used } = dots.read(buffered);
      buffered = buffered.subarray(used);
      if (bytes.length > 0) yield bytes;
      if (!dots.ended && !(await more())) throw new InputLost('input ended in the middle of a message');
    }
  }
  return {
    async readLine() {
      for (;;) {
        const end = buffered.indexOf(LF);
        if ((end < 0 ? buffered.length : end) >= MAX_COMMAND_BYTES) throw new CommandTooLong();
        if (end >= 0) {
          const line = buffered.toString('latin1', 0, end);
          buffered = buffered.subarray(end + 1);
          return line.replace(/\r$/, '');
        }
        if (!(await more())) return null;
      }
    },
    hasLine() {
      return buffered.includes(LF);
    },
    readData() {
      dots.begin();
      return data();
    },
    async skipData() {
      const rest = data();
      while ((await rest.next()).done !== true);
    },
  };
}

/** Follows line ends and dots across chunks. */
export function createDotReader() {
  /** How much of CR LF . CR has been seen: 0, then 1 to 4. */
  let matched = 0;
  let ended = false;
  /** The same for each piece of each message. */
  let out = NOTHING;
  return {
    /** A message starts after a line end. */
    begin() {
      matched = 2;
      ended = false;
    },
    get ended() {
      return ended;
    },
    read(chunk: Buffer): { bytes: Buffer; used: number } {
      if (out.length <= chunk.length) out = Buffer.allocUnsafe(chunk.length + 1);
      let length = 0;
      let used = 0;
      while (used < chunk.length && !ended) {
        const byte = chunk[used] ?? 0;
        used += 1;
        if (matched === 2 && byte === DOT) {
          // The dot is stuffing, or the end of the message: never data.
          matched = 3;
          continue;
        }
        if (matched === 4) {
          if (byte === LF) {
            ended = true;
            break;
          }
          // The CR that waited behind the dot was data.
          out[length++] = CR;
          matched = 1;
        }
        if (byte === CR) {
          if (matched === 3) {
            matched = 4;
            continue;
          }
          matched = 1;
        } else matched = byte === LF && matched === 1 ? 2 : 0;
        out[length++] = byte;
      }
      return { bytes: out.subarray(0, length), used };
    },
  };
}
