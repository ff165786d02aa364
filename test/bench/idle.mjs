/**
 * What an idle agent costs: how often its threads are woken, and how much processor time it uses,
 * from /proc. Nothing queued, one relay whose port is closed and that no mail waits for.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const SECONDS = 20;
const TICKS_A_SECOND = 100;
/** After a start the runtime's collector looks at the heap once a second, for half a minute. */
const SETTLE_SECONDS = 45;
const root = path.resolve(import.meta.dirname, '..', '..');

export async function benchIdle(directory) {
  if (process.platform !== 'linux') {
    console.log('idle agent: skipped, needs /proc');
    return;
  }
  const home = path.join(directory, 'idle');
  fs.mkdirSync(home);
  const relays = { home: { host: '127.0.0.1', port: 9, security: 'none' } };
  fs.writeFileSync(path.join(home, 'settings.json'), JSON.stringify({ relays, defaultRelay: 'home' }));
  const env = { ...process.env, OUTTRAY_HOME: home };
  const agent = spawn(path.join(root, 'dist', 'bin', 'outtray'), ['agent'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(agent.stdout, 'data');
    await wait(SETTLE_SECONDS * 1000);
    const before = usage(agent.pid);
    await wait(SECONDS * 1000);
    const after = usage(agent.pid);
    console.log(
      `idle agent over ${SECONDS} s: ${after.wakeups - before.wakeups} wakeups, ` +
        `${((after.ticks - before.ticks) * 1000) / TICKS_A_SECOND} ms of processor time, ${after.residentMb} MB resident`,
    );
  } finally {
    agent.kill('SIGTERM');
    if (agent.exitCode === null) await once(agent, 'exit');
  }
}

function usage(pid) {
  let wakeups = 0;
  for (const task of fs.readdirSync(`/proc/${pid}/task`)) {
    const status = fs.readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8');
    wakeups += Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1]);
  }
  // After the name in brackets: field 14 is utime, 15 stime (proc(5)).
  const fields = fs
    .readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  const resident = /^VmRSS:\s+(\d+) kB/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { wakeups, ticks: Number(fields[11]) + Number(fields[12]), residentMb: Math.round(Number(resident) / 1000) };
}
