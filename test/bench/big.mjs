/**
 * A message of 50 MB: the most memory a submission ever holds (GNU time), and how long it takes. From a
 * file and a pipe, with LF and CR LF, and through a session of `sendmail -bs`.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { sendmails, WORDS } from './contestants.mjs';
import { median, printTarget } from './numbers.mjs';

const BYTES = 49_900_000;
const ROUNDS = 3;
const TIME = '/usr/bin/time';
const HEADER = 'From: me@example.org\nTo: bob@example.org\nSubject: big\n\n';
const LINE = `${'A line of text, as long as most. '.repeat(2)}\n`;
const ENVELOPE = 'EHLO laptop.example.org\nMAIL FROM:<me@example.org>\nRCPT TO:<bob@example.org>\nDATA\n';

export async function benchBig(directory) {
  if (!fs.existsSync(TIME)) return console.log(`big message: skipped, ${TIME} is not there`);
  const text = HEADER + LINE.repeat(Math.floor((BYTES - HEADER.length) / (LINE.length + 1)));
  const inputs = [
    ['operands, LF, file', [...WORDS], text, 'exec "$@" < "$0"'],
    ['-t, CR LF, file', ['-t', '-i'], crlf(text), 'exec "$@" < "$0"'],
    ['-t, CR LF, pipe', ['-t'], crlf(text), 'cat "$0" | "$@"'],
    ['-bs, pipe', ['-bs'], crlf(`${ENVELOPE}${text}.\nQUIT\n`), 'cat "$0" | "$@"'],
  ];
  const contestants = sendmails(directory, 'big');
  console.log(`message of ${Math.round(text.length / 1e6)} MB, ${ROUNDS} times, in turns`);
  console.log('                                    peak MB   median s');
  for (const [what, words, input, script] of inputs) {
    const file = path.join(directory, 'big-input');
    fs.writeFileSync(file, input);
    // A real session rejects commands that follow EHLO without waiting for its answer.
    const able = contestants.filter(({ name }) => name === 'outtray' || !words.includes('-bs'));
    const results = new Map(able.map(({ name }) => [name, []]));
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const contestant of able) results.get(contestant.name).push(run(contestant, words, file, script));
    }
    for (const [name, list] of results) {
      const peak = Math.max(...list.map(({ megabytes }) => megabytes));
      const seconds = median(list.map((one) => one.seconds));
      console.log(`${`${name}, ${what}`.padEnd(34)} ${peak.toFixed(0).padStart(8)} ${seconds.toFixed(2).padStart(10)}`);
      if (name === 'outtray') printTarget(`MB at the most, ${what}`, peak, 80);
    }
  }
}

function crlf(text) {
  return text.replaceAll('\n', '\r\n');
}

function run({ name, program, args, env, queue }, words, file, script) {
  const timed = [TIME, '-f', '%M %e', program, ...args, ...words];
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script, file, ...timed], { env, encoding: 'latin1' });
  if (status !== 0) throw new Error(`${name}: exit status ${status}: ${stdout}${stderr}`);
  const [kilobytes, seconds] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  // Nobody's disk should fill up.
  for (const left of fs.readdirSync(queue)) fs.rmSync(path.join(queue, left));
  return { megabytes: kilobytes / 1000, seconds };
}
