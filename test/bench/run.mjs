/**
 * `npm run bench [-- NAME...]`, the names below: how fast programs get rid of their mail (one message,
 * sixteen programs at once, a session, 50 MB, nothing works) and a long queue is listed, compared with
 * the real sendmail on the same disk at the same time, how soon a queue run begins, and what an idle
 * agent costs. Numbers to look at; no test depends on them.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { benchBig } from './big.mjs';
import { benchDeadWorld } from './dead-world.mjs';
import { benchDelivery } from './delivery.mjs';
import { benchIdle } from './idle.mjs';
import { benchListing } from './listing.mjs';
import { withQualifiedHostName } from './real-sendmail.mjs';
import { benchRunStart } from './run-start.mjs';
import { benchSession } from './session.mjs';
import { benchSubmission } from './submission.mjs';
import { benchSubmitters } from './submitters.mjs';

const BENCHES = {
  submission: benchSubmission,
  submitters: benchSubmitters,
  session: benchSession,
  big: benchBig,
  'dead-world': benchDeadWorld,
  listing: benchListing,
  'run-start': benchRunStart,
  delivery: benchDelivery,
  idle: benchIdle,
};

async function bench(directory, names) {
  const instead = withQualifiedHostName(directory, [process.execPath, ...process.argv.slice(1)]);
  if (instead !== null) return spawnSync(instead[0], instead.slice(1), { stdio: 'inherit' }).status ?? 1;
  for (const name of names) await BENCHES[name](directory);
  return 0;
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`bench: no ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`);
  process.exit(64);
}
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-bench-'));
// The real sendmail gives up root, and must still reach its queue.
fs.chmodSync(directory, 0o755);
try {
  process.exitCode = await bench(directory, asked.length > 0 ? asked : Object.keys(BENCHES));
} finally {
  fs.rmSync(directory, { recursive: true, force: true });
}
