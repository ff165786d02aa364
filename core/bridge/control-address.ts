/**
 * Where commands find the agent: a Unix socket in the state directory, a named pipe on Windows.
 * Socket paths are limited to about 100 bytes, so a deep state directory gets a directory of
 * ours, owned and closed to others, beside the system's temporary files.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Paths } from '../system/paths.js';

const LONGEST_SOCKET_PATH = 100;

export function controlAddress({ stateDirectory }: Paths): string {
  const hash = createHash('sha256').update(stateDirectory).digest('hex').slice(0, 16);
  if (process.platform === 'win32') return `\\\\.\\pipe\\outtray-${hash}`;
  const plain = path.join(stateDirectory, 'agent.sock');
  if (Buffer.byteLength(plain) <= LONGEST_SOCKET_PATH) return plain;
  const uid = process.getuid?.() ?? 0;
  const directory = path.join(os.tmpdir(), `outtray-${uid}`);
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  const stat = fs.lstatSync(directory);
  if (!stat.isDirectory() || stat.uid !== uid || (stat.mode & 0o077) !== 0) {
    throw new Error(`${directory} is not a directory of yours alone; remove it`);
  }
  return path.join(directory, `${hash}.sock`);
}
