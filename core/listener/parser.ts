/**
 * The library's parser, made strict: a session begins with a letter, a command ends in CR LF, and
 * anything else ends the session. Messages end, and lose the dots that are stuffing, as over
 * `sendmail -bs` (RFC 5321 §4.5.2).
 */
import type { SMTPStream } from 'smtp-server/lib/smtp-stream.js';
import { createDotReader } from '../submission/smtp-input.js';

const LF = 10;
const CR = 13;

type Done = (error?: Error | null) => void;

export function makeStrict(parser: SMTPStream): SMTPStream {
  const write = parser._write.bind(parser);
  const start = parser.startDataMode.bind(parser);
  const dots = createDotReader();
  let begun = false;
  let last = LF;

  const give = (piece: Buffer): Promise<void> =>
    new Promise((resolve, reject) => {
      write(piece, 'buffer', (error) => (error instanceof Error ? reject(error) : resolve()));
    });

  /** The library takes LF for the end of a command; it is handed line by line what ends in CR LF. */
  const feed = async (chunk: Buffer): Promise<void> => {
    if (!begun && chunk.length > 0) {
      begun = true;
      if (!/^[a-z]/i.test(chunk.toString('latin1', 0, 1))) throw new Error('SMTP begins with a command');
    }
    for (let at = 0; at < chunk.length; ) {
      // Each line may be DATA: what follows it is looked at only then.
      const end = parser._dataMode ? -1 : chunk.indexOf(LF, at);
      if (end >= 0 && (end === 0 ? last : chunk[end - 1]) !== CR)
        throw new Error('a command ends in LF without CR before it');
      const next = end < 0 ? chunk.length : end + 1;
      last = chunk[next - 1] ?? last;
      await give(chunk.subarray(at, next));
      at = next;
    }
  };

  parser._write = (chunk, _encoding, next) => {
    feed(chunk)
      .then(() => next(), next)
      .catch((error: Error) => parser.destroy(error));
  };
  parser.startDataMode = (maxBytes) => {
    dots.begin();
    return start(maxBytes);
  };
  parser._feedDataStream = (chunk: Buffer, done: Done) => {
    const stream = parser._dataStream;
    if (stream === null) return done();
    const { bytes, used } = dots.read(chunk);
    // The reader writes its next piece over this one.
    const piece = Buffer.from(bytes);
    if (dots.ended) {
      last = LF;
      parser._endDataMode(piece, chunk.subarray(used), done);
      return;
    }
    if (piece.length === 0 || !stream.writable || stream.write(piece) || stream.destroyed) return done();
    const onRoom = (): void => {
      stream.off('drain', onRoom);
      stream.off('close', onRoom);
      done();
    };
    stream.on('drain', onRoom);
    stream.on('close', onRoom);
  };
  return parser;
}
