/**
 * How fast a queue of 1000 messages of 2 kB leaves, through a sink at no distance and through one with a round trip of
 * 20 ms, at most four connections; beside it the real sendmail, which has one, and Postfix
 * (how many at once behind its name). To hold: at least 400 and 90 a second.
 * Also how many syncs a message costs (strace), and the peak memory of a run with one message of 100 MB.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { fillSpool } from './filled-spool.mjs';
import { printLeast, printRates } from './numbers.mjs';
import { preparePostfix } from './postfix.mjs';
import { setUpRealSendmail } from './real-sendmail.mjs';

const root = path.resolve(import.meta.dirname, '..', '..');
const PROGRAM = path.join(root, 'dist', 'bin', 'sendmail');
const COUNT = 1000;
const ROUNDS = 3;
const BODY = 'A line of text, and one more that is as long.\n'.repeat(44);
const TARGETS = new Map([
  [0, 400],
  [20, 90],
]);

export async function benchDelivery(directory) {
  const postfix = await preparePostfix();
  if (postfix.missing !== undefined) console.log(`postfix: comparison skipped, ${postfix.missing}`);
  for (const [roundTripMs, least] of TARGETS) {
    const sink = await startSink(roundTripMs);
    const rates = new Map();
    const contestants = [ours(directory, sink.port), real(directory, sink.port)].filter((one) => one !== null);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const contestant of contestants) {
        const rate = await timeRun(contestant, sink);
        rates.set(contestant.name, [...(rates.get(contestant.name) ?? []), rate]);
      }
    }
    if (postfix.missing === undefined)
      for (let round = 0; round < ROUNDS; round += 1) {
        const { rate, mostAtOnce } = await postfix.run(sink, COUNT, BODY, 4);
        rates.set(`postfix (${mostAtOnce})`, [...(rates.get(`postfix (${mostAtOnce})`) ?? []), rate]);
      }
    console.log(`${COUNT} messages of 2 kB, round trip ${roundTripMs} ms`);
    printRates(rates);
    printLeast('messages a second', Math.max(...(rates.get('outtray') ?? [0])), least);
    sink.stop();
  }
  await countSyncs(directory);
  await bigMessage(directory);
}

async function startSink(roundTripMs) {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'sink.mjs'), String(roundTripMs)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const port = Number((await lines.next()).value);
  return {
    port,
    async counts() {
      child.stdin.write('\n');
      return JSON.parse((await lines.next()).value);
    },
    stop: () => child.stdin.end(),
  };
}

function ours(directory, port) {
  const home = fs.mkdtempSync(path.join(directory, 'delivery-'));
  const relays = { home: { host: '127.0.0.1', port, security: 'none', concurrency: 4 } };
  fs.writeFileSync(path.join(home, 'settings.json'), JSON.stringify({ relays, defaultRelay: 'home' }));
  const queue = path.join(home, 'clientmqueue');
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, OUTTRAY_HOME: home };
  return { name: 'outtray', command: [PROGRAM, '-Ac', '-qf'], env, queue, fill: { body: BODY, fresh: true } };
}

function real(directory, port) {
  const place = fs.mkdtempSync(path.join(directory, 'delivery-real-'));
  fs.chmodSync(place, 0o755);
  const set = setUpRealSendmail(place);
  if (set.missing !== undefined) {
    console.log(`real sendmail: comparison skipped, ${set.missing}`);
    return null;
  }
  const file = set.args[2];
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replaceAll('TCP $h', `TCP $h ${port}`));
  const owner = process.getuid() === 0 ? 'smmsp' : undefined;
  const env = { PATH: process.env.PATH };
  return {
    name: 'real sendmail',
    command: [set.program, '-Ac', '-C', file, '-qf'],
    env,
    queue: set.queue,
    // It takes its time for each.
    count: COUNT / 10,
    fill: { body: BODY, fresh: true, owner },
  };
}

async function timeRun({ name, command, env, queue, fill, count = COUNT }, sink) {
  fillSpool(queue, count, fill);
  await sink.counts();
  const startedAt = performance.now();
  const [program, ...args] = command;
  const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  await once(child, 'exit');
  const seconds = (performance.now() - startedAt) / 1000;
  const { messages, mostAtOnce } = await sink.counts();
  if (messages !== count) throw new Error(`${name}: ${messages} of ${count} messages arrived`);
  if (mostAtOnce > 4) throw new Error(`${name}: ${mostAtOnce} connections at once`);
  return count / seconds;
}

async function countSyncs(directory) {
  if (spawnSync('strace', ['-V']).status !== 0) return console.log('syncs a message: skipped, strace is not there');
  const sink = await startSink(0);
  const { command, env, queue, fill } = ours(directory, sink.port);
  fillSpool(queue, 100, fill);
  const traced = spawnSync('strace', ['-f', '-c', '-e', 'trace=fsync,fdatasync,sync_file_range', ...command], {
    env,
    encoding: 'utf8',
  });
  const calls = [...traced.stderr.matchAll(/^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(fsync|fdatasync)$/gm)];
  const total = calls.reduce((sum, [, number]) => sum + Number(number), 0);
  console.log(`syncs a message delivered at once: ${(total / 100).toFixed(2)}`);
  sink.stop();
}

async function bigMessage(directory) {
  const sink = await startSink(0);
  for (const [megabytes] of [[1], [100]]) {
    const { command, env, queue } = ours(directory, sink.port);
    fillSpool(queue, 1, { body: BODY.repeat((megabytes * 1_000_000) / BODY.length), fresh: true });
    const startedAt = performance.now();
    const { stderr } = spawnSync('/usr/bin/time', ['-f', '%M', ...command], { env, encoding: 'utf8' });
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(2);
    console.log(
      `a message of ${megabytes} MB: ${seconds} s, peak memory ${Math.round(Number(stderr.trim().split('\n').at(-1)) / 1024)} MB`,
    );
  }
  sink.stop();
}
