/** A queue run on a real spool, with a relay that answers as the test says. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { Delivery, DeliveryRequest, Outcome } from '../../../core/delivery/delivery.js';
import { type Relay, RelayError, type RelayProblem } from '../../../core/delivery/relay.js';
import { createPace } from '../../../core/queue/pace.js';
import { createProgressBook } from '../../../core/queue/progress.js';
import { runQueue } from '../../../core/queue/run.js';
import type { RunOptions, RunPorts } from '../../../core/queue/run-context.js';
import type { ControlFile } from '../../../core/spool/control-file.js';
import { openJob } from '../../../core/spool/create-job.js';
import { openSpool } from '../../../core/spool/directory-spool.js';
import { systemClock } from '../../../core/system/clock.js';
import { relaySettings } from '../../support/relay.js';
import { control } from './fixtures.js';

export const SENT: Outcome = { kind: 'sent', reply: 'ok', status: '2.0.0' };
export const REFUSED: RelayProblem = {
  kind: 'refused',
  message: 'refused',
  remedy: '',
  stat: 'Connection refused by home',
  status: '4.4.1',
};

type Answer = Outcome | RelayProblem;

export interface World {
  readonly ports: RunPorts;
  readonly directory: string;
  readonly deliveries: { relay: string; request: DeliveryRequest }[];
  readonly log: string[];
  connects: number;
  answer: (relay: Relay, request: DeliveryRequest) => Answer | Promise<Answer>;
  refuse: RelayProblem | null;
}

export function createWorld(route: RunPorts['route'] = () => ({ kind: 'relay', relay: relaySettings(25) })): World {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-run-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true }));
  fs.chmodSync(directory, 0o700);
  const log: string[] = [];
  const world: World = {
    directory,
    deliveries: [],
    log,
    connects: 0,
    answer: () => SENT,
    refuse: null,
    ports: {
      spool: openSpool(directory, { onLost: ({ id }, why) => log.push(`${id}: Losing ./qf${id}: ${why}`) }),
      unrecorded: new Map(),
      clock: systemClock,
      pace: createPace(systemClock),
      progress: createProgressBook(systemClock),
      hostname: 'laptop.example.org',
      rewriting: { hostname: 'laptop.example.org' },
      log: { write: (id, text) => void log.push(`${id}: ${text}`) },
      messages: { open: () => Readable.from(['x']), sizeBytes: () => 1 },
      route,
      connect: async ({ relay }) => {
        world.connects += 1;
        if (world.refuse !== null) throw new RelayError(world.refuse);
        return sessionOf(world, relay);
      },
    },
  };
  return world;
}

export function sessionOf(world: World, relay: Relay): Delivery {
  let problem: RelayProblem | null = null;
  return {
    address: '192.0.2.1',
    tls: null,
    stale: false,
    get usable() {
      return problem === null;
    },
    get problem() {
      return problem;
    },
    async deliver(request) {
      world.deliveries.push({ relay: relay.name, request });
      const answer = await world.answer(relay, request);
      if (!('remedy' in answer)) return new Map(request.recipients.map(({ address }) => [address, answer]));
      problem = answer;
      return new Map(
        request.recipients.map(({ address }) => [
          address,
          { kind: 'deferred', reply: answer.stat, status: answer.status },
        ]),
      );
    },
    reset: async () => {},
    close: async () => {},
  };
}

export function queue(world: World, extra: Partial<ControlFile> = {}): string {
  const job = openJob(world.directory);
  job.writeBody(Buffer.from('Hello.\n'));
  job.commit(control({ createdAtSeconds: Math.floor(Date.now() / 1000), ...extra }));
  return job.id;
}

export const OPTIONS: RunOptions = { flush: () => true, whenUncertain: 'retry', connectTimeoutMs: 1000 };

export function run(world: World, options: Partial<RunOptions> = {}) {
  return runQueue(world.ports, { ...OPTIONS, ...options });
}

export function status(world: World, id: string): ControlFile | undefined {
  return world.ports.spool.read({ id, kind: 'qf' })?.control;
}
