/** The mail log as the programs write and rotate it. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createHome } from '../support/outtray-home.js';

const NOBODY = { relays: { home: { host: '127.0.0.1', port: 1, security: 'none' } }, defaultRelay: 'home' };
const MESSAGE = 'Subject: hello\n\nHello.\n';

describe('maillog', () => {
  it('is rotated by a queue run when it has grown too large, not by a submission', async () => {
    const home = createHome({ ...NOBODY, log: { maxBytes: '300B', keep: 1 } });
    const names = (): string[] => fs.readdirSync(path.join(home.directory, 'log')).sort();

    for (let count = 0; count < 3; count += 1) await home.run('sendmail', ['bob@example.net'], MESSAGE);
    const before = home.log();
    const afterSubmissions = names();
    await home.run('sendmail', ['-Ac', '-v', '-q']);

    expect(afterSubmissions).toEqual(['maillog']);
    expect(names()).toEqual(['maillog', 'maillog.1']);
    const lines = (home.log() + fs.readFileSync(path.join(home.directory, 'log', 'maillog.1'), 'utf8')).split('\n');
    expect(before.split('\n').length).toBe(7);
    expect(lines.filter((line) => line.includes('stat=Deferred')).length).toBeGreaterThan(0);
  });

  it('grows for ever where that is what the settings say', async () => {
    const home = createHome({ ...NOBODY, log: { maxBytes: '0' } });

    await home.run('sendmail', ['bob@example.net'], MESSAGE);
    const { stderr } = await home.run('sendmail', ['-Ac', '-v', '-q']);

    expect(stderr).not.toContain('settings.json');
    expect(fs.readdirSync(path.join(home.directory, 'log'))).toEqual(['maillog']);
  });
});
