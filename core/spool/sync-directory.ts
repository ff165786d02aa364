/** A rename is on disk once its directory is: fsync(2) of the directory. */
import fs from 'node:fs';

/** Windows has no such call; there NTFS keeps the order of its own metadata. */
export function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const fd = fs.openSync(directory, 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
