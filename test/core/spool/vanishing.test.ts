import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkMessages } from '../../../core/cli/doctor/spool-checks.js';
import { openSpool } from '../../../core/spool/directory-spool.js';
import { listQueue } from '../../support/listing.js';
import { names, submit, temporaryDirectory } from './support.js';

/** Another process that makes, renames and removes files of jobs as fast as it can, until it is ended. */
const RESTLESS = `
  const fs = require('node:fs');
  const path = require('node:path');
  const [directory, template] = process.argv.slice(1);
  const text = fs.readFileSync(template);
  const at = (name) => path.join(directory, name);
  process.stdout.write('ready');
  for (let round = 0; ; round += 1) {
    const id = 'gone' + (round % 7);
    fs.writeFileSync(at('df' + id), 'x', { mode: 0o600 });
    fs.writeFileSync(at('tf' + id), text, { mode: 0o600 });
    fs.renameSync(at('tf' + id), at('qf' + id));
    fs.renameSync(at('qf' + id), at('hf' + id));
    fs.rmSync(at('hf' + id));
    fs.rmSync(at('df' + id));
  }
`;

describe('a spool whose files vanish at any moment', () => {
  it('is listed, checked and claimed from without a fault, and no other message suffers', async () => {
    const directory = temporaryDirectory();
    const staying = [submit(directory), submit(directory)];
    const template = path.join(temporaryDirectory(), 'qf');
    fs.copyFileSync(path.join(directory, `qf${staying[0]}`), template);
    const child = spawn(process.execPath, ['-e', RESTLESS, directory, template], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await ended;
    });
    await once(child.stdout, 'data');
    const spool = openSpool(directory);

    for (let round = 0; round < 300; round += 1) {
      const listing = listQueue(spool, { kind: round % 2 === 0 ? 'qf' : 'hf', nowSeconds: 0 });
      if (round % 2 === 0) for (const id of staying) expect(listing).toContain(id);
      for (const reference of spool.list()) {
        const job = spool.claim(reference);
        if (typeof job !== 'string') job.release();
      }
      checkMessages(spool, Date.now());
    }
    child.kill('SIGKILL');
    await ended;

    for (const id of staying) expect(names(directory)).toEqual(expect.arrayContaining([`df${id}`, `qf${id}`]));
  });
});
