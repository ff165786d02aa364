/**
 * Runs a program many times from a shell's loop, since Node takes as long to start a program as the
 * program to run. What the shell itself takes is measured with no runs, and taken off.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** $1: at once, $2: each how often, $3: standard input, then the command. */
const LOOP = `submitters=$1 runs=$2 input=$3; shift 3
loop() { left=$runs; while [ $left -gt 0 ]; do "$@" < "$input" > /dev/null || exit 1; left=$((left - 1)); done; }
pids=
while [ $submitters -gt 0 ]; do loop "$@" & pids="$pids $!"; submitters=$((submitters - 1)); done
for pid in $pids; do wait $pid || exit 1; done
`;

/** Milliseconds for `runs` runs by each of `submitters` at once. `prefix`: a command to run the loop in. */
export function timeBatch(directory, { name, program, args, env, prefix = [] }, { input, runs, submitters = 1 }) {
  const file = path.join(directory, 'batch-input');
  fs.writeFileSync(file, input);
  const time = (count) => {
    const [command, ...words] = [...prefix, 'sh', '-c', LOOP, 'sh', submitters, count, file, program, ...args].map(
      String,
    );
    const startedAt = performance.now();
    const { status, stderr } = spawnSync(command, words, { env });
    if (status !== 0) throw new Error(`${name}: exit status ${status}: ${stderr}`);
    return performance.now() - startedAt;
  };
  const empty = time(0);
  return time(runs) - empty;
}
