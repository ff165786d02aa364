/**
 * `npm run build [-- command documents electron renderer]`: makes dist/. Parts are built side by side in a
 * scratch directory and moved into place whole, so that a failed or interrupted build leaves the
 * last good one. What fails is said at the end, after every other part is in place; status 1.
 */
import fs from 'node:fs';
import path from 'node:path';
import { buildCommand } from './command.mjs';
import { buildDocuments } from './documents.mjs';

const root = path.resolve(import.meta.dirname, '..');
const dist = path.join(root, 'dist');
const scratch = path.join(root, 'node_modules', '.cache', `outtray-build-${process.pid}`);

/** Each part fills folders of the directory it is given and returns their names; a folder it did not make goes away. */
const PARTS = {
  command: buildCommand,
  documents: buildDocuments,
  electron: async (directory) => {
    await bundle('vite.main.mjs', path.join(directory, 'electron'));
    await bundle('vite.preload.mjs', path.join(directory, 'electron'));
    return ['electron'];
  },
  renderer: async (directory) => {
    await bundle('vite.renderer.mjs', path.join(directory, 'renderer'));
    return ['renderer'];
  },
};

async function bundle(config, outDir) {
  const configFile = path.join(root, 'build', config);
  if (!fs.existsSync(configFile)) throw new Error(`build/${config} is missing`);
  const { build } = await import('vite');
  await build({ configFile, logLevel: 'warn', build: { outDir, emptyOutDir: false, reportCompressedSize: false } });
}

function moveIntoPlace(folder) {
  const built = path.join(scratch, folder);
  const target = path.join(dist, folder);
  fs.mkdirSync(dist, { recursive: true });
  if (fs.existsSync(target)) fs.renameSync(target, path.join(scratch, `${folder}.old`));
  if (fs.existsSync(built)) fs.renameSync(built, target);
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in PARTS));
if (unknown.length > 0) {
  console.error(`build: no part ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`);
  process.exit(64);
}

const startedAt = performance.now();
fs.mkdirSync(scratch, { recursive: true });
process.once('exit', () => fs.rmSync(scratch, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

const parts = asked.length > 0 ? asked : Object.keys(PARTS);
const results = await Promise.allSettled(
  parts.map(async (name) => {
    for (const folder of await PARTS[name](scratch)) moveIntoPlace(folder);
  }),
);

const failures = results.flatMap((result, index) =>
  result.status === 'rejected' ? [`${parts[index]}: ${result.reason?.message ?? result.reason}`] : [],
);
for (const failure of failures) console.error(`build: ${failure}`);
if (failures.length > 0) process.exitCode = 1;
else console.log(`built ${parts.join(', ')} in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
