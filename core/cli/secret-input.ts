/**
 * A secret from a person: prompted for without echo on a terminal, else the first line of
 * standard input, so that a password manager can pipe it in. Never an argument.
 */
import { createInterface } from 'node:readline';
import { CommandError, ExitStatus } from '../system/exit-status.js';

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const CTRL_U = '\u0015';
const ERASE = new Set(['\u0008', '\u007f']);

export async function readSecret(prompt: string): Promise<string> {
  const secret = process.stdin.isTTY ? await promptWithoutEcho(prompt) : await firstLine();
  if (secret !== '') return secret;
  throw new CommandError(ExitStatus.DATAERR, 'nothing was entered, so nothing was stored');
}

async function firstLine(): Promise<string> {
  for await (const line of createInterface({ input: process.stdin })) return line;
  return '';
}

function promptWithoutEcho(prompt: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(prompt);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  return new Promise((resolve, reject) => {
    let typed: string[] = [];
    const finish = (done: () => void): void => {
      stdin.off('data', onData);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
      done();
    };
    const onData = (data: string): void => {
      for (const key of data) {
        if (key === CTRL_C) {
          finish(() => reject(new CommandError(ExitStatus.TEMPFAIL, 'stopped; nothing was stored')));
          return;
        }
        if (key === '\r' || key === '\n' || key === CTRL_D) {
          finish(() => resolve(typed.join('')));
          return;
        }
        if (key === CTRL_U) typed = [];
        else if (ERASE.has(key)) typed.pop();
        else typed.push(key);
      }
    };
    stdin.on('data', onData);
    stdin.resume();
  });
}
