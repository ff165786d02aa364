import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openMailLog } from '../../../core/system/log.js';

let directory = '';

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-log-'));
});
afterEach(() => fs.rmSync(directory, { recursive: true }));

describe('the mail log', () => {
  it.each([
    ['to="a\\"b"@x', 'to="a\\\\"b"@x'],
    ['to=a\tb\nc\rd', 'to=a\\tb\\nc\\rd'],
    ['to=\u00e9\u0081\u0000\u007f', 'to=\\351\\201\\000\\177'],
    ['words of ours \u2013 and a \u20ac', 'words of ours \u2013 and a \u20ac'],
  ])('writes %j as %j, as sendmail does', (text, written) => {
    const file = path.join(directory, 'maillog');
    const clock = { now: () => Date.UTC(2026, 10, 20), steady: () => 0, elapsed: () => 0 };

    openMailLog(file, { pid: 7, clock }).write('6AKN', text);

    expect(fs.readFileSync(file, 'utf8')).toBe(`2026-11-20T00:00:00.000Z sendmail[7]: 6AKN: ${written}\n`);
  });
});
