import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLeftoverLog } from '../../core/leftover-log.js';
import { temporaryDirectory } from './spool/support.js';

describe('debris in the spool', () => {
  it('is said in the log once, by whichever process sees it first, and again only when it comes back', () => {
    const spoolDirectory = temporaryDirectory();
    const stateDirectory = temporaryDirectory();
    const lines: string[] = [];
    const log = { write: (_: string | null, text: string) => void lines.push(text) };
    const look = () => createLeftoverLog({ spoolDirectory, stateDirectory, log, clock: { now: () => Date.now() } })();
    const inTheWay = path.join(spoolDirectory, 'qfx');
    fs.mkdirSync(inTheWay);

    look();
    look();
    expect(lines).toEqual([`SYSERR: gatherq: ${spoolDirectory}/qfx is not a regular file`]);

    fs.rmdirSync(inTheWay);
    look();
    fs.mkdirSync(inTheWay);
    look();
    expect(lines).toHaveLength(2);
  });

  it('does not stop anybody where it cannot be remembered', () => {
    const look = createLeftoverLog({
      spoolDirectory: '/nowhere/spool',
      stateDirectory: '/nowhere/state',
      log: { write: () => {} },
      clock: { now: () => 0 },
    });

    expect(look).not.toThrow();
  });

  it('is said once though several spools are looked after, and after what was remembered is damaged once more', () => {
    const stateDirectory = temporaryDirectory();
    const lines: string[] = [];
    const log = { write: (_: string | null, text: string) => void lines.push(text) };
    const spools = [temporaryDirectory(), temporaryDirectory()];
    for (const spoolDirectory of spools) fs.mkdirSync(path.join(spoolDirectory, 'qfx'));
    const look = (): void => {
      for (const spoolDirectory of spools)
        createLeftoverLog({ spoolDirectory, stateDirectory, log, clock: { now: () => Date.now() } })();
    };

    look();
    look();
    expect(lines).toHaveLength(2);

    for (const damage of ['', '{"', '[1]', 'null', '{"/spool": [1]}']) {
      fs.writeFileSync(path.join(stateDirectory, 'leftovers.json'), damage);
      lines.length = 0;
      look();
      look();
      expect(lines).toHaveLength(2);
    }
    expect(fs.readdirSync(stateDirectory)).toEqual(['leftovers.json']);
  });

  it('is not said again and again where it cannot be remembered', () => {
    const stateDirectory = temporaryDirectory();
    fs.mkdirSync(path.join(stateDirectory, 'leftovers.json', 'in the way'), { recursive: true });
    const spoolDirectory = temporaryDirectory();
    fs.mkdirSync(path.join(spoolDirectory, 'qfx'));
    const lines: string[] = [];
    const log = { write: (_: string | null, text: string) => void lines.push(text) };

    for (let run = 0; run < 3; run += 1)
      createLeftoverLog({ spoolDirectory, stateDirectory, log, clock: { now: () => Date.now() } })();

    expect(lines).toEqual([]);
    expect(fs.readdirSync(stateDirectory)).toEqual(['leftovers.json']);
  });
});
