/**
 * Small files of our own that several processes append to, where a symbolic link, a FIFO or a device in their
 * place is not followed, waited for or written to. Nothing here syncs: no message depends on these files.
 */
import fs from 'node:fs';

const { O_APPEND, O_CREAT, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY, O_WRONLY } = fs.constants;

/** In one write. Returns the size of the file after it; throws when it cannot be done. */
export function appendPlain(file: string, text: string): number {
  const fd = fs.openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  try {
    if (!fs.fstatSync(fd).isFile()) throw new Error(`${file} is no plain file`);
    fs.writeSync(fd, text);
    return fs.fstatSync(fd).size;
  } finally {
    fs.closeSync(fd);
  }
}

/** Its last `maxBytes`, from the first whole line on; null when there is none, or it is no plain file. */
export function readPlainEnd(file: string, maxBytes: number): string | null {
  let fd: number | undefined;
  try {
    fd = fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const stat = fs.fstatSync(fd);
    if (!stat.isFile()) return null;
    const bytes = Buffer.alloc(Math.min(stat.size, maxBytes));
    const read = fs.readSync(fd, bytes, 0, bytes.length, stat.size - bytes.length);
    const text = bytes.toString('utf8', 0, read);
    return stat.size > bytes.length ? text.slice(text.indexOf('\n') + 1) : text;
  } catch {
    return null;
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}
