/**
 * Who is compared: our sendmail, the real one as mail submission program, a program that does nothing
 * but was built as ours is (the floor that the runtime sets), and `true` (the floor that the system sets).
 */
import fs from 'node:fs';
import path from 'node:path';
import { buildBareProgram } from './bare-program.mjs';
import { setUpRealSendmail } from './real-sendmail.mjs';

const root = path.resolve(import.meta.dirname, '..', '..');

/** 2 kB, as a program writes it. */
export const MESSAGE = `From: me@example.org\nTo: bob@example.org\nSubject: bench\n\n${'A line of text, and one more.\n'.repeat(66)}`;
export const WORDS = ['-i', '-f', 'me@example.org', 'bob@example.org'];

/** `{name, program, args, queue, env}` of ours and, where there is one, the real sendmail; each with a queue of its own. */
export function sendmails(directory, bench) {
  const home = path.join(directory, `${bench}-ours`);
  const ours = {
    name: 'outtray',
    program: path.join(root, 'dist', 'bin', 'sendmail'),
    args: [],
    queue: path.join(home, 'clientmqueue'),
    env: environment({ OUTTRAY_HOME: home }),
  };
  const place = path.join(directory, `${bench}-real`);
  fs.mkdirSync(place);
  const real = setUpRealSendmail(place);
  if (real.missing === undefined) return [ours, { name: 'real sendmail', ...real, env: environment() }];
  console.log(`real sendmail: comparison skipped, ${real.missing}`);
  return [ours];
}

/** `{name, program, args, env}`; none where it cannot be built. */
export function bareHello(directory) {
  // Bun's process.stdout alone costs more than the rest of its start.
  const hello = buildBareProgram(directory, 'hello', "import fs from 'node:fs';\nfs.writeSync(1, 'hello\\n');\n");
  return hello === null ? [] : [{ name: 'bare hello', ...hello, env: environment() }];
}

export function nothing() {
  // By its path, or the shell would not start anything.
  return { name: 'true', program: '/bin/true', args: [], env: environment() };
}

/** All that a contestant sees of ours. */
function environment(more = {}) {
  return { PATH: process.env.PATH, HOME: process.env.HOME, ...more };
}

/** Throws when one of them has not as many messages in its queue. */
export function expectQueued(contestants, count) {
  for (const { name, queue } of contestants) {
    if (queue === undefined) continue;
    const queued = fs.readdirSync(queue).filter((file) => file.startsWith('qf')).length;
    if (queued !== count) throw new Error(`${name} queued ${queued} of ${count} messages`);
  }
}
