/**
 * A submission where nothing works: no network, a name server that never answers, a session bus
 * (and so a keyring) that never answers. To hold: it takes as long as it does where all is well.
 */
import { spawnSync } from 'node:child_process';
import dgram from 'node:dgram';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { timeBatch } from './batch.mjs';
import { expectQueued, MESSAGE, sendmails, WORDS } from './contestants.mjs';
import { median, printTarget, printTimes } from './numbers.mjs';

const ROUNDS = 15;
const RUNS_A_ROUND = 10;
/** A name server that takes questions, and says nothing. */
const SILENT_SERVER = '127.0.0.77';
const SILENT_DNS = 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"';

export async function benchDeadWorld(directory) {
  const [ours] = sendmails(directory, 'dead-world');
  const resolver = path.join(directory, 'resolv.conf');
  fs.writeFileSync(resolver, `nameserver ${SILENT_SERVER}\n`);
  const server = dgram.createSocket('udp4');
  await once(server.bind(53, SILENT_SERVER), 'listening').catch((error) =>
    console.log(`name server: ${error.message}`),
  );
  const bus = path.join(directory, 'bus');
  // Takes connections, and says nothing.
  const silent = net.createServer().listen(bus);
  const address = `unix:path=${bus}`;
  const worlds = [
    { name: 'all is well' },
    { name: 'no network', prefix: ['unshare', '--net'] },
    { name: 'dead DNS', prefix: ['unshare', '--mount', 'sh', '-c', SILENT_DNS, 'sh', resolver] },
    { name: 'silent keyring', env: { ...ours.env, DBUS_SESSION_BUS_ADDRESS: address } },
    { name: 'no keyring', env: { ...ours.env, DBUS_SESSION_BUS_ADDRESS: `${address}-none` } },
  ]
    .filter(isPossible)
    .map((world) => ({ ...ours, ...world, args: WORDS }));
  const times = new Map(worlds.map(({ name }) => [name, []]));
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const world of worlds) {
        const took = timeBatch(directory, world, { input: MESSAGE, runs: RUNS_A_ROUND });
        times.get(world.name).push(took / RUNS_A_ROUND);
      }
    }
  } finally {
    silent.close();
    server.close();
  }
  expectQueued([ours], ROUNDS * RUNS_A_ROUND * worlds.length);
  console.log(`submission without an agent where nothing works, ${ROUNDS} times ${RUNS_A_ROUND} runs each, in turns`);
  const well = median(times.get('all is well'));
  printTimes(times, well);
  for (const [name, list] of times)
    if (name !== 'all is well') printTarget(`${name} / all is well`, median(list) / well, 1.1);
}

function isPossible({ name, prefix }) {
  if (prefix === undefined) return true;
  const { status, stderr } = spawnSync(prefix[0], [...prefix.slice(1), 'true'], { encoding: 'utf8' });
  if (status === 0) return true;
  console.log(`${name}: skipped, ${(stderr || 'unshare is not there').trim()}`);
  return false;
}
