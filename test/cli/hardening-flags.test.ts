/**
 * Flags that a stranger may have chosen, since programs pass on words that they should not (the
 * fifth argument of PHP's mail()): no file is read or written by them that is not the user's to
 * name so, and no command is run.
 */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { certificates } from '../support/certificates.js';
import { MESSAGE } from '../support/home-shell.js';
import { createHome } from '../support/outtray-home.js';
import { startRelay } from '../support/relay.js';

describe('flags that a stranger may have chosen', () => {
  it.each([
    ['-C', '/dev/zero', 'Not a regular file'],
    ['-C', '/nonexistent', 'No such file or directory'],
  ])('%s%s: no settings', async (flag, file, why) => {
    const home = createHome();

    const result = await home.run('sendmail', [`${flag}${file}`, 'bob@example.net'], MESSAGE);

    expect(result).toEqual({ status: 72, stdout: `${file}: line 0: cannot open: ${why}\n`, stderr: '' });
    expect(home.files()).toEqual([]);
  });

  it('-C: a file that others may write, or could have put there, is no settings', async () => {
    const home = createHome();
    const open = path.join(home.directory, 'open');
    fs.mkdirSync(open);
    fs.chmodSync(open, 0o1777);
    fs.writeFileSync(path.join(open, 'settings.json'), '{}');
    const file = path.join(home.directory, 'writable.json');
    fs.writeFileSync(file, '{}');
    fs.chmodSync(file, 0o666);

    const inOpen = await home.run('sendmail', ['-C', path.join(open, 'settings.json'), 'bob@example.net'], MESSAGE);
    const writable = await home.run('sendmail', ['-C', file, '-q'], MESSAGE);

    fs.chmodSync(file, 0o664);
    if (process.getuid?.() === 0) fs.chownSync(file, 0, 4242);
    else fs.chmodSync(file, 0o666);
    const shared = await home.run('sendmail', ['-C', file, '-q'], MESSAGE);

    expect(shared).toMatchObject({ status: 72, stdout: expect.stringMatching(/: (?:Group|World) writable file\n$/) });
    expect(inOpen).toMatchObject({ status: 72, stdout: expect.stringMatching(/: World writable directory\n$/) });
    expect(writable).toMatchObject({ status: 72, stdout: expect.stringMatching(/: World writable file\n$/) });
  });

  it('-C: no command of those settings is run, no password is sent by them', async () => {
    const { good, caFile } = certificates();
    const relay = await startRelay({ security: 'tls', certificate: good, auth: { me: 'secret' } });
    const home = createHome();
    const mark = path.join(home.directory, 'mark');
    const passwordCommand = ['sh', '-c', `touch ${mark}; echo secret`];
    const auth = { method: 'password', user: 'me' };
    const described = { host: 'localhost', port: relay.port, security: 'tls', auth, passwordCommand, tls: { caFile } };
    const settings = JSON.stringify({ relays: { home: described }, defaultRelay: 'home' });
    const file = path.join(home.directory, 'evil.json');
    fs.writeFileSync(file, settings);

    const atOnce = await home.run('sendmail', ['-C', file, '-odi', '-i', 'bob@example.net'], MESSAGE);
    const run = await home.run('sendmail', ['-C', file, '-q', '-v']);

    expect(atOnce.status).toBe(0);
    expect(run.stderr).toContain('unlock no password');
    expect(fs.existsSync(mark)).toBe(false);
    expect(home.files()).toHaveLength(2);
    // The same settings as the user's own.
    fs.writeFileSync(path.join(home.directory, 'settings.json'), settings);
    await home.run('sendmail', ['-C', path.join(home.directory, 'settings.json'), '-q', '-v']);
    expect(relay.received).toHaveLength(1);
  });

  it.each([['-oQ'], ['-OQueueDirectory=']])('%s: a directory of something else is no queue', async (flag) => {
    const home = createHome();
    const web = path.join(home.directory, 'web');
    fs.mkdirSync(web, { mode: 0o700 });
    fs.writeFileSync(path.join(web, 'index.php'), '');

    const result = await home.run(
      'sendmail',
      [`${flag}${web}`, '-X', path.join(web, 'shell.php'), 'bob@example.net'],
      MESSAGE,
    );

    const runner = await home.run('sendmail', [`${flag}${web}`, '-q30m']);

    const words = `${web} is no queue directory: it holds index.php\n`;
    expect(result).toMatchObject({ status: 78, stdout: words });
    expect(runner).toMatchObject({ status: 78, stdout: words });
    expect(fs.readdirSync(web)).toEqual(['index.php']);
  });
});
