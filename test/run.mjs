/**
 * `npm test [-- FILTER...]`: everything that decides whether this tree is good, each under a
 * heading; the last line is `N passed, N failed, N skipped`. Words after `--` choose test files.
 * A failed type-check, lint or build counts as one failure; only a failed build ends the run
 * early, because what follows would test the program before.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const bin = path.join(root, 'node_modules', '.bin');
// The Node that npm brought goes first, also for tools that look for one themselves.
const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH ?? ''}` };

const totals = { passed: 0, failed: 0, skipped: 0 };

function run(heading, program, args, extra = {}) {
  console.log(`\n== ${heading}`);
  const result = spawnSync(program, args, {
    cwd: root,
    env: { ...env, ...extra },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (result.error !== undefined) console.error(`${path.basename(program)}: ${result.error.message}`);
  if (result.signal !== null) console.error(`${path.basename(program)} was ended by ${result.signal}`);
  return result.status === 0;
}

function check(heading, program, args) {
  const good = run(heading, program, args);
  if (!good) totals.failed += 1;
  return good;
}

function finish() {
  console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
  process.exit(totals.failed > 0 ? 1 : 0);
}

function tests(filters) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-test-'));
  const file = path.join(directory, 'summary.json');
  try {
    const reporter = path.join(root, 'test', 'reporter.mjs');
    const args = [
      'run',
      '-c',
      'test/vitest.config.ts',
      '--reporter=default',
      `--reporter=${reporter}`,
      '--project=!soak',
      ...filters,
    ];
    const good = run('tests', path.join(bin, 'vitest'), args, { OUTTRAY_TEST_SUMMARY: file });
    const summary = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : { groups: [] };
    for (const key of Object.keys(totals)) totals[key] += summary[key] ?? 0;
    // No summary, or a complaint that is no test's: still not good.
    if (!good && !(summary.failed > 0)) totals.failed += 1;
    for (const { file: where, suite, why, tests: names } of summary.groups) {
      const what = [suite, why || (suite === '' || names.length === 1 ? names.join(', ') : '')]
        .filter((text) => text !== '')
        .join(': ');
      console.log(`skipped ${names.length} in ${where}: ${what}`);
    }
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

const node = fs.existsSync(path.join(bin, 'node')) ? path.join(bin, 'node') : process.execPath;
if (process.platform === 'linux') check('environment', 'bash', [path.join(root, 'test', 'setup-debian.sh')]);
check('type-check', path.join(bin, 'tsc'), ['--noEmit']);
check('lint', path.join(bin, 'biome'), ['check', '--error-on-warnings', '.']);
if (!check('build', node, [path.join(root, 'build', 'build.mjs')])) finish();
tests(process.argv.slice(2));
finish();
