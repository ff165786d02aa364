/** A rename is on disk once its directory is: fsync(2) of the directory. */
import fs from 'node:fs';

export function syncDirectory(directory: string): void {
  // Windows gives no handle on a directory; NTFS journals the rename itself.
  if (process.platform === 'win32') return;
  const handle = fs.openSync(directory, 'r');
  try {
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}
