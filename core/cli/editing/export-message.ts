/**
 * `outtray queue export`: a message as an .eml. It is what would go over the wire, so Bcc and our own fields are not
 * in it, but its lines end in LF as in any mail file of this computer, so that it can be read, searched and given
 * to sendmail again. Streams; a file is created for its owner alone, and never written over.
 */
import fs from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Outtray } from '../../assemble.js';
import type { QueueId } from '../../queue/entry.js';
import type { JobSnapshot, Spool } from '../../spool/spool.js';
import { openWireMessage } from '../../spool/wire-message.js';
import { CommandError, ExitStatus } from '../../system/exit-status.js';

/** A null file: standard output. */
export async function exportMessage(outtray: Outtray, id: QueueId, file: string | null): Promise<void> {
  const { spool, rewriting } = outtray;
  const { control, damage } = find(spool, id);
  if (control === undefined)
    throw new CommandError(
      ExitStatus.DATAERR,
      `${id} cannot be read: ${damage ?? 'its control file is damaged'}. Its files are kept in ${spool.directory}`,
    );
  // Before anything is written: a run may send and remove it at any moment, and an open file stays.
  const body = spool.openData(id);
  if (body === null) throw new CommandError(ExitStatus.NOINPUT, `the body of ${id} is missing in ${spool.directory}`);
  const message = withoutCrs(openWireMessage(control, () => body, rewriting));
  if (file === null) await writeOut(message);
  else await writeFile(message, file);
}

function find(spool: Spool, id: QueueId): JobSnapshot {
  for (const kind of ['qf', 'hf', 'Qf'] as const) {
    const job = spool.read({ id, kind });
    if (job !== null) return job;
  }
  throw new CommandError(ExitStatus.NOINPUT, `no message ${id} in the queue`);
}

/** On the wire they stand before LF only. */
function withoutCrs(message: Readable): Readable {
  async function* lines(): AsyncGenerator<Buffer> {
    for await (const chunk of message as AsyncIterable<Buffer>) {
      yield Buffer.from(chunk.toString('latin1').replaceAll('\r', ''), 'latin1');
    }
  }
  return Readable.from(lines(), { objectMode: false });
}

async function writeOut(message: Readable): Promise<void> {
  try {
    await pipeline(message, process.stdout, { end: false });
  } catch (error) {
    const { code, message: words } = error as NodeJS.ErrnoException;
    // Whoever reads it has seen enough.
    if (code === 'EPIPE') return;
    throw new CommandError(ExitStatus.IOERR, `not all of it could be written: ${words}`, { cause: error });
  }
}

async function writeFile(message: Readable, file: string): Promise<void> {
  let handle: fs.promises.FileHandle;
  try {
    handle = await fs.promises.open(file, 'wx', 0o600);
  } catch (error) {
    message.destroy();
    throw cannotWrite(file, error);
  }
  try {
    await pipeline(message, async (chunks: AsyncIterable<Uint8Array>) => {
      for await (const chunk of chunks) await handle.writeFile(chunk);
    });
    await handle.sync();
    await handle.close();
  } catch (error) {
    await handle.close().catch(() => {});
    // Half of a message is no message.
    fs.rmSync(file, { force: true });
    throw cannotWrite(file, error);
  }
}

function cannotWrite(file: string, error: unknown): CommandError {
  const { code, message } = error as NodeJS.ErrnoException;
  const words =
    code === 'EEXIST'
      ? `${file} is there already and is not written over; name another file, or remove it first`
      : `cannot write ${file}: ${message}`;
  return new CommandError(ExitStatus.CANTCREAT, words, { cause: error });
}
