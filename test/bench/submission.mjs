/**
 * One message of 2 kB handed over by a program: ours, the real sendmail, and two that do nothing.
 * In turns, so that a busy machine is busy for all of them; medians of batches.
 */
import { timeBatch } from './batch.mjs';
import { bareHello, expectQueued, MESSAGE, nothing, sendmails, WORDS } from './contestants.mjs';
import { median, printTarget, printTimes } from './numbers.mjs';

const ROUNDS = 15;
const RUNS_A_ROUND = 10;

export async function benchSubmission(directory) {
  const submitting = sendmails(directory, 'submission').map((one) => ({ ...one, args: [...one.args, ...WORDS] }));
  const contestants = [...submitting, ...bareHello(directory), nothing()];
  const times = new Map(contestants.map(({ name }) => [name, []]));
  for (const contestant of contestants) timeBatch(directory, contestant, { input: MESSAGE, runs: 1 });
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const contestant of contestants) {
      const took = timeBatch(directory, contestant, { input: MESSAGE, runs: RUNS_A_ROUND });
      times.get(contestant.name).push(took / RUNS_A_ROUND);
    }
  }
  expectQueued(contestants, ROUNDS * RUNS_A_ROUND + 1);
  console.log(`submission of ${MESSAGE.length} bytes, ${ROUNDS} times ${RUNS_A_ROUND} runs each, in turns`);
  const ours = median(times.get('outtray'));
  const real = times.get('real sendmail');
  printTimes(times, median(real ?? times.get('outtray')));
  if (real !== undefined) printTarget('outtray / real sendmail', ours / median(real), 0.65);
  const hello = times.get('bare hello');
  if (hello !== undefined) printTarget('outtray / bare hello', ours / median(hello), 1.5);
}
