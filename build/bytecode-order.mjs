/**
 * Run by Bun, not by Node: what an executable uses of its bytecode when a program hands over mail. Bun lays that
 * out together at the front of the next build, so that it is read in one piece: a submission takes a
 * few hundredths less. The mail goes into a spool of its own and nowhere else.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const MESSAGE = 'From: ann@example.org\nTo: bob@example.net\nSubject: Lunch\n\nAt noon?\n';
/** A disk that is nearly full is no reason to build nothing. */
const SETTINGS = { hostname: 'laptop.example.org', delivery: { mode: 'deferred' }, queue: { minFreeBytes: '0kB' } };

/** The most frequent first. */
const WAYS = [
  { name: 'operands', words: ['-i', '-f', 'ann@example.org', 'bob@example.net'] },
  { name: 'header', words: ['-i', '-t'] },
  { name: 'session', words: ['-bs'], input: 'EHLO localhost\r\nQUIT\r\n' },
];

/** Runs `program` and returns the files that say what it used, in `directory`. */
export function recordBytecodeOrder(program, directory) {
  const home = path.join(directory, 'home');
  fs.mkdirSync(home, { recursive: true });
  fs.writeFileSync(path.join(home, 'settings.json'), JSON.stringify(SETTINGS));
  return WAYS.map(({ name, words, input = MESSAGE }) => {
    const order = path.join(directory, `${name}.order`);
    const env = { HOME: home, OUTTRAY_HOME: home, BUN_BYTECODE_ORDER_OUT: order };
    const { status, stdout, stderr } = spawnSync(program, ['sendmail', ...words], { input, env, timeout: 60_000 });
    if (status !== 0 || !fs.existsSync(order))
      throw new Error(`the built program fails at ${words.join(' ')} with status ${status}: ${stdout}${stderr}`);
    return order;
  });
}
