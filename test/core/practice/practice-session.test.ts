/** What becomes of mail written while practising when practising ends. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { assemble, type Outtray } from '../../../core/assemble.js';
import { readPractice, startPractice } from '../../../core/practice/practice-mode.js';
import { finishPractice } from '../../../core/practice-session.js';
import { control } from '../queue/fixtures.js';
import { holdLock, submit } from '../spool/support.js';

function practising(): { readonly outtray: Outtray; readonly write: () => string; readonly isOn: () => boolean } {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-practice-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true }));
  const state = path.join(directory, 'state');
  startPractice(state, { port: 40_321, since: Date.now() - 60_000, maildir: path.join(directory, 'practice') });
  const outtray = assemble({ env: { OUTTRAY_HOME: directory } });
  return {
    outtray,
    write: () => submit(outtray.paths.spoolDirectory, control({ createdAtSeconds: Math.floor(Date.now() / 1000) })),
    isOn: () => readPractice(state) !== null,
  };
}

function stateOf(outtray: Outtray, id: string): string | undefined {
  return outtray.entry(id)?.state;
}

describe('the end of practising', () => {
  it('holds what was written meanwhile, also while the others were being held', () => {
    const { outtray, write, isOn } = practising();
    const early = write();
    const hold = outtray.hold;
    let late = '';
    const slow = vi.spyOn(outtray, 'hold').mockImplementation((id, reason) => {
      if (late === '') late = write();
      return hold(id, reason);
    });
    onTestFinished(() => slow.mockRestore());

    expect(finishPractice(outtray)).toBe(true);

    expect(isOn()).toBe(false);
    expect([early, late].map((id) => stateOf(outtray, id))).toEqual(['held', 'held']);
  });

  it('waits for a message that somebody is working on', async () => {
    const { outtray, write, isOn } = practising();
    const id = write();
    const holder = await holdLock(path.join(outtray.paths.spoolDirectory, `qf${id}`), 'exclusive');

    const first = finishPractice(outtray);
    const on = isOn();
    await holder.kill();

    expect([first, on]).toEqual([false, true]);
    expect(finishPractice(outtray)).toBe(true);
    expect(stateOf(outtray, id)).toBe('held');
  });

  it('is put off, and ends nothing else, when the disk does not take a hold', () => {
    const { outtray, write, isOn } = practising();
    write();
    const rename = vi.spyOn(fs, 'renameSync').mockImplementation(() => {
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    });
    onTestFinished(() => rename.mockRestore());

    expect(finishPractice(outtray)).toBe(false);
    expect(isOn()).toBe(true);
  });
});
