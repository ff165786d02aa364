/**
 * One message of 2 kB handed over by a program: ours, the real sendmail, and a program that does
 * nothing, built as ours is (the floor that the runtime sets). In turns, so that a busy machine is
 * busy for all of them; medians.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { buildBareProgram } from './bare-program.mjs';
import { median, printTimes } from './numbers.mjs';
import { setUpRealSendmail } from './real-sendmail.mjs';

const root = path.resolve(import.meta.dirname, '..', '..');
const ROUNDS = 6;
const RUNS_A_ROUND = 15;
const MESSAGE = `From: me@example.org\nTo: bob@example.org\nSubject: bench\n\n${'A line of text, and one more.\n'.repeat(66)}`;
const WORDS = ['-i', '-f', 'me@example.org', 'bob@example.org'];

export async function benchSubmission(directory) {
  const home = path.join(directory, 'ours');
  const ours = path.join(root, 'dist', 'bin', 'sendmail');
  const contestants = [{ name: 'outtray', program: ours, args: WORDS, queue: path.join(home, 'clientmqueue'), home }];
  const real = setUpRealSendmail(directory);
  if (real.missing === undefined) contestants.push({ name: 'real sendmail', ...real, args: [...real.args, ...WORDS] });
  else console.log(`real sendmail: comparison skipped, ${real.missing}`);
  // Bun's process.stdout alone costs more than the rest of its start.
  const hello = buildBareProgram(directory, 'hello', "import fs from 'node:fs';\nfs.writeSync(1, 'hello\\n');\n");
  if (hello !== null) contestants.push({ name: 'bare hello', ...hello });

  const times = new Map(contestants.map(({ name }) => [name, []]));
  for (const contestant of contestants) submit(contestant);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const contestant of contestants) {
      for (let run = 0; run < RUNS_A_ROUND; run += 1) times.get(contestant.name).push(submit(contestant));
    }
  }
  for (const { name, queue } of contestants) {
    const queued = queue === undefined ? null : fs.readdirSync(queue).filter((file) => file.startsWith('qf')).length;
    const expected = ROUNDS * RUNS_A_ROUND + 1;
    if (queued !== null && queued !== expected) throw new Error(`${name} queued ${queued} of ${expected} messages`);
  }
  console.log(`submission of ${MESSAGE.length} bytes, ${ROUNDS * RUNS_A_ROUND} runs each, in turns`);
  printTimes(times, median(times.get('real sendmail') ?? times.get('outtray')));
}

function submit({ name, program, args, home }) {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...(home && { OUTTRAY_HOME: home }) };
  const startedAt = performance.now();
  const result = spawnSync(program, args, { input: MESSAGE, env });
  const took = performance.now() - startedAt;
  if (result.status !== 0) throw new Error(`${name}: exit status ${result.status}: ${result.stdout}${result.stderr}`);
  return took;
}
