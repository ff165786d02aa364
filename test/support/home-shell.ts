/**
 * The built sendmail called by a shell script in a private Outtray directory: $SENDMAIL, a file
 * $MESSAGE to give it, the directory $T. In a mount namespace of its own where disks are to be in a bad way.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { BIN, type Finished, type OuttrayHome, runProgram } from './outtray-home.js';

export const SENDMAIL = path.join(BIN, 'sendmail');
export const BODY = 'Hello.\n.\nThe end.\n';
export const MESSAGE = `Subject: lunch\n\n${BODY}`;

export const noRoot = process.getuid?.() === 0 ? null : 'needs root';
export const noMounts =
  noRoot ?? (spawnSync('unshare', ['--mount', 'true']).status === 0 ? null : 'no mounts of our own may be made here');

export function unless(reason: string | null): string {
  return reason === null ? '' : ` (skipped: ${reason})`;
}

export function shell(home: OuttrayHome, script: string): Promise<Finished> {
  return runProgram('/bin/bash', ['-c', script], '', environment(home), home.directory);
}

/** Nothing that is mounted is seen elsewhere. */
export function inMounts(home: OuttrayHome, script: string): Promise<Finished> {
  const words = ['--mount', '--propagation', 'private', 'bash', '-c', script];
  return runProgram('unshare', words, '', environment(home), '/');
}

/** A file of the queue, one character a byte. */
export function read(home: OuttrayHome, name: string): string {
  return fs.readFileSync(path.join(home.spool, name), 'latin1');
}

function environment(home: OuttrayHome): Record<string, string> {
  const message = path.join(home.directory, 'message');
  fs.writeFileSync(message, MESSAGE);
  return { ...home.env, SENDMAIL, MESSAGE: message, T: home.directory };
}
