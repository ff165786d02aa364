/**
 * `mailq` of a long queue: ours and the real sendmail's on the same files, in turns, and how much
 * memory each message more takes: the peak of the process for many less that for few, with all that the
 * runtime loads and compiles on the way. To hold: a ratio of at most 1, less than 1000 bytes a message.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fillSpool } from './filled-spool.mjs';
import { median, printTarget, printTimes } from './numbers.mjs';
import { setUpRealSendmail } from './real-sendmail.mjs';

const root = path.resolve(import.meta.dirname, '..', '..');
const MANY = 10_000;
const FEW = 100;
const ROUNDS = 11;
const TIME = '/usr/bin/time';

export async function benchListing(scratch) {
  const directory = path.join(scratch, 'listing');
  fs.mkdirSync(directory, { mode: 0o755 });
  const real = setUpRealSendmail(directory);
  const owner = real.missing === undefined && process.getuid?.() === 0 ? 'smmsp' : undefined;
  const [many, few] = [MANY, FEW].map((count) => {
    const queue = path.join(directory, `queue-${count}`);
    fillSpool(queue, count, owner);
    return queue;
  });
  const contestants = [{ name: 'outtray', program: path.join(root, 'dist', 'bin', 'mailq'), args: [] }];
  if (real.missing === undefined) contestants.push({ name: 'real sendmail', ...real, args: [...real.args, '-bp'] });
  else console.log(`real sendmail: comparison skipped, ${real.missing}`);

  const times = new Map(contestants.map(({ name }) => [name, []]));
  for (const contestant of contestants) list(contestant, many, MANY);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const contestant of contestants) times.get(contestant.name).push(list(contestant, many, MANY));
  }
  console.log(`mailq of ${MANY} messages, ${ROUNDS} runs each, in turns`);
  const base = median(times.get('real sendmail') ?? times.get('outtray'));
  printTimes(times, base);
  if (real.missing === undefined) printTarget('ratio', median(times.get('outtray')) / base, 1);
  if (!fs.existsSync(TIME)) return console.log(`memory: skipped, ${TIME} is not there`);
  for (const contestant of contestants) {
    const [most, least] = [many, few].map((queue) => peakKilobytes(directory, contestant, queue));
    const each = ((most - least) * 1024) / (MANY - FEW);
    console.log(
      `memory of ${contestant.name}: ${(least / 1024).toFixed(1)} MB for ${FEW} messages, ` +
        `${(most / 1024).toFixed(1)} MB for ${MANY}, ${each.toFixed(0)} bytes a message`,
    );
    if (contestant.name === 'outtray') printTarget('bytes a message', each, 999);
  }
}

function list({ name, program, args }, queue, count) {
  const startedAt = performance.now();
  const result = spawnSync(program, [...args, '-O', `QueueDirectory=${queue}`], { maxBuffer: 1e9 });
  const took = performance.now() - startedAt;
  const text = result.stdout.toString('latin1');
  if (result.status !== 0 || !text.endsWith(`Total requests: ${count}\n`))
    throw new Error(`${name}: exit status ${result.status}: ${text.slice(-200)}${result.stderr}`);
  return took;
}

function peakKilobytes(directory, { program, args }, queue) {
  const report = path.join(directory, 'peak');
  const peaks = [1, 2, 3, 4, 5].map(() => {
    spawnSync(TIME, ['-f', '%M', '-o', report, program, ...args, '-O', `QueueDirectory=${queue}`], { maxBuffer: 1e9 });
    return Number(fs.readFileSync(report, 'utf8'));
  });
  return median(peaks);
}
