/** Sixteen programs that send mail at once, one message of 2 kB after the other: messages a second. */
import { timeBatch } from './batch.mjs';
import { expectQueued, MESSAGE, sendmails, WORDS } from './contestants.mjs';
import { median, printLeast, printRates } from './numbers.mjs';

const SUBMITTERS = 16;
const ROUNDS = 7;
const RUNS_A_ROUND = 10;

export async function benchSubmitters(directory) {
  const contestants = sendmails(directory, 'submitters').map((one) => ({ ...one, args: [...one.args, ...WORDS] }));
  const rates = new Map(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const contestant of contestants) {
      const batch = { input: MESSAGE, runs: RUNS_A_ROUND, submitters: SUBMITTERS };
      const took = timeBatch(directory, contestant, batch);
      rates.get(contestant.name).push((SUBMITTERS * RUNS_A_ROUND * 1000) / took);
    }
  }
  expectQueued(contestants, ROUNDS * RUNS_A_ROUND * SUBMITTERS);
  console.log(`${SUBMITTERS} submitters at once, ${ROUNDS} times ${RUNS_A_ROUND} messages each, in turns`);
  printRates(rates);
  const real = rates.get('real sendmail');
  if (real !== undefined) printLeast('outtray / real sendmail', median(rates.get('outtray')) / median(real), 1.3);
}
