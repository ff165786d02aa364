/**
 * How long a queue run over many messages takes until it stands before the relay, beside a program
 * that only reads the directory and each control file in it, made as ours is. To hold: no more
 * than 100 ms between the two. The same over few messages says how much of that is the start itself.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { buildBareProgram } from './bare-program.mjs';
import { fillSpool } from './filled-spool.mjs';
import { median, printTarget, printTimes } from './numbers.mjs';

const root = path.resolve(import.meta.dirname, '..', '..');
const MANY = 10_000;
const FEW = 100;
const ROUNDS = 11;
const SCAN = `import fs from 'node:fs';
const directory = process.argv.at(-1) + '/';
const buffer = Buffer.allocUnsafe(65536);
for (const name of fs.readdirSync(directory)) {
  if (!name.startsWith('qf')) continue;
  const file = fs.openSync(directory + name, 'r');
  fs.readSync(file, buffer, 0, buffer.length, 0);
  fs.closeSync(file);
}
`;

export async function benchRunStart(directory) {
  const scan = buildBareProgram(directory, 'scan', SCAN);
  if (scan === null) return console.log('start of a queue run: skipped, no program to compare with could be built');
  const relay = net.createServer();
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  try {
    for (const count of [FEW, MANY]) await compareStarts(path.join(directory, `run-${count}`), count, relay, scan);
  } finally {
    relay.close();
  }
}

async function compareStarts(home, count, relay, scan) {
  const queue = path.join(home, 'clientmqueue');
  fillSpool(queue, count);
  const relays = { home: { host: '127.0.0.1', port: relay.address().port, security: 'none' } };
  fs.writeFileSync(path.join(home, 'settings.json'), JSON.stringify({ relays, defaultRelay: 'home' }));
  const runs = [];
  const scans = [];
  await untilConnected(relay, home);
  for (let round = 0; round < ROUNDS; round += 1) {
    runs.push(await untilConnected(relay, home));
    scans.push(await timeScan(scan, queue));
  }
  console.log(`start of a queue run over ${count} messages, ${ROUNDS} runs each, in turns`);
  printTimes(
    new Map([
      ['queue run', runs],
      ['bare scan', scans],
    ]),
    median(scans),
  );
  printTarget(
    'ms from a bare scan to the first connection',
    median(runs.map((took, round) => took - scans[round])),
    100,
  );
}

async function untilConnected(relay, home) {
  const startedAt = performance.now();
  const child = spawn(path.join(root, 'dist', 'bin', 'sendmail'), ['-Ac', '-qf'], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, OUTTRAY_HOME: home },
    stdio: 'ignore',
  });
  const [socket] = await once(relay, 'connection');
  const took = performance.now() - startedAt;
  child.kill('SIGKILL');
  socket.destroy();
  await once(child, 'exit');
  return took;
}

async function timeScan({ program, args }, queue) {
  const startedAt = performance.now();
  const { status } = spawnSync(program, [...args, queue]);
  if (status !== 0) throw new Error(`bare scan: exit status ${status}`);
  return performance.now() - startedAt;
}
