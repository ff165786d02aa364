/** Whose home directory counts. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { homeDirectory } from '../../../core/system/paths.js';

describe.skipIf(process.platform === 'win32')('the home directory', () => {
  it('is HOME where that is there and ours', () => {
    const home = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-home-'));
    onTestFinished(() => fs.rmSync(home, { recursive: true }));

    expect(homeDirectory({ HOME: home })).toBe(home);
  });

  it('is that of the password database where HOME is not there, though root could make it', () => {
    const missing = path.join(os.tmpdir(), 'outtray-home-missing', 'x');

    expect(homeDirectory({ HOME: missing })).toBe(os.userInfo().homedir);
  });
});
