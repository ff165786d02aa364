/**
 * `mailq` of a long queue: ours and the real sendmail's on the same files, in turns, and how much
 * memory each message more takes: once from few messages to many, with all that the runtime compiles of
 * itself and of us on the way, and once from many to more, which is what the messages take. To hold: a
 * ratio of at most 1, less than 1000 bytes a message.
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
const MORE = 20_000;
const ROUNDS = 11;
const TIME = '/usr/bin/time';

export async function benchListing(scratch) {
  const directory = path.join(scratch, 'listing');
  fs.mkdirSync(directory, { mode: 0o755 });
  const real = setUpRealSendmail(directory);
  const owner = real.missing === undefined && process.getuid?.() === 0 ? 'smmsp' : undefined;
  const [more, many, few] = [MORE, MANY, FEW].map((count) => {
    const queue = path.join(directory, `queue-${count}`);
    fillSpool(queue, count, { owner });
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
    const [least, middle, most] = [few, many, more].map((queue) => peakKilobytes(directory, contestant, queue));
    const megabytes = [least, middle, most].map((peak) => (peak / 1024).toFixed(1));
    console.log(`memory of ${contestant.name}, MB for ${FEW}, ${MANY}, ${MORE} messages: ${megabytes.join(', ')}`);
    const each = (from, to, messages) => ((to - from) * 1024) / messages;
    const figures = [
      [`bytes a message from ${FEW} to ${MANY}`, each(least, middle, MANY - FEW)],
      [`bytes a message from ${MANY} to ${MORE}`, each(middle, most, MORE - MANY)],
    ];
    for (const [what, figure] of figures) {
      if (contestant.name === 'outtray') printTarget(what, figure, 999);
      else console.log(`${what}: ${figure.toFixed(0)}`);
    }
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
