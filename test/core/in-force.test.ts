/** A run by hand while somebody edits the settings: no message goes by a relay that they name no more. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { assemble } from '../../core/assemble.js';
import { noteIn } from '../../core/practice/practice-mode.js';
import { startSink } from '../support/sink-relay.js';
import { control } from './queue/fixtures.js';
import { submit } from './spool/support.js';

const relay = (port: number) => ({
  hostname: 'laptop.example.org',
  relays: { home: { host: '127.0.0.1', port, security: 'none', auth: { method: 'none' } } },
  defaultRelay: 'home',
});

describe('a run by hand', () => {
  const sentBefore = async (change: (home: string, stateDirectory: string) => void): Promise<number> => {
    const home = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-in-force-'));
    onTestFinished(() => fs.rmSync(home, { recursive: true }));
    const sink = await startSink({
      toMessage: () => {
        change(home, outtray.paths.stateDirectory);
        return undefined;
      },
    });
    fs.writeFileSync(path.join(home, 'settings.json'), JSON.stringify(relay(sink.port)));
    const outtray = assemble({ env: { OUTTRAY_HOME: home } });
    for (const _ of [1, 2, 3]) submit(outtray.paths.spoolDirectory, control());
    await outtray.runQueue({ flush: () => true, counting: 'run' });
    const left = fs.readdirSync(outtray.paths.spoolDirectory).filter((name) => name.startsWith('qf'));
    expect(left).toHaveLength(3 - sink.messages.length);
    return sink.messages.length;
  };

  it('goes on while nothing changes', async () => {
    expect(await sentBefore(() => {})).toBe(3);
  });

  it('goes on while the settings are emptied to be saved', async () => {
    expect(await sentBefore((home) => fs.writeFileSync(path.join(home, 'settings.json'), ''))).toBe(3);
  });

  it('stops with a relay that the settings name no more', async () => {
    const change = (home: string): void => fs.writeFileSync(path.join(home, 'settings.json'), JSON.stringify(relay(9)));

    expect(await sentBefore(change)).toBe(1);
  });

  it('stops when somebody begins to practise', async () => {
    const note = JSON.stringify({ port: 9, since: Date.now(), maildir: '/nowhere' });

    expect(await sentBefore((_, stateDirectory) => fs.writeFileSync(noteIn(stateDirectory), note))).toBe(1);
  });
});
