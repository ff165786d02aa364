/**
 * Whoever calls the built sendmail, by whatever name, from wherever and with whatever in the
 * environment: mail is taken all the same, into a place of the caller's own, or refused aloud.
 */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { BODY, inMounts, MESSAGE, noMounts, noRoot, read, SENDMAIL, shell, unless } from '../support/home-shell.js';
import { createHome, runProgram } from '../support/outtray-home.js';

/** Somebody without an entry in the password file. */
const STRANGER = 54_321;

describe('a submission', () => {
  it('with nothing in the environment: the home directory is that of the password file', async () => {
    const home = createHome();

    const result = await runProgram(SENDMAIL, ['-bv', 'bob@example.net'], '', {}, '/');
    const queued = await runProgram(
      SENDMAIL,
      ['-i', `-OQueueDirectory=${home.spool}`, 'bob@example.net'],
      MESSAGE,
      {},
      '/',
    );

    expect(result.status).toBe(0);
    expect(queued).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(read(home, home.files()[0] ?? '')).toBe(BODY);
  });

  it.skipIf(noRoot !== null)(
    `a user without an entry in the password file is the number${unless(noRoot)}`,
    async () => {
      const home = createHome();
      fs.chownSync(home.directory, STRANGER, STRANGER);

      const result = await shell(home, `${asStranger('"$SENDMAIL"')} -i bob@example.net <"$MESSAGE"`);

      expect(result).toMatchObject({ status: 0, stderr: '' });
      expect(read(home, home.files()[1] ?? '')).toContain(`\nS${STRANGER}\n`);
    },
  );

  it.skipIf(noRoot !== null)(
    `a user without entry and home: no mail is taken into a place that nobody would look at${unless(noRoot)}`,
    async () => {
      const home = createHome();

      const result = await shell(home, `${asStranger('env -i "$SENDMAIL"')} -i bob@example.net <"$MESSAGE"`);

      expect(result.status).toBe(73);
      expect(result.stderr).toMatch(
        /^sendmail: cannot use the queue directory \/nonexistent\/.*another queue directory\.\n$/,
      );
    },
  );

  it.skipIf(noMounts !== null)(
    `with the HOME of somebody else, as under su, sudo and cron: the queue is in the caller's own${unless(noMounts)}`,
    async () => {
      const home = createHome();
      const own = path.join(home.directory, 'own');
      fs.mkdirSync(own);
      fs.chownSync(own, STRANGER, STRANGER);
      fs.chmodSync(home.directory, 0o755);

      const result = await inMounts(
        home,
        `(cat /etc/passwd; echo "stranger:x:${STRANGER}:${STRANGER}::${own}:/bin/sh") >"$T/passwd"; mount --bind "$T/passwd" /etc/passwd
         unset OUTTRAY_HOME; HOME=/root ${asStranger('"$SENDMAIL"')} -i bob@example.net <"$MESSAGE"`,
      );

      expect(result).toMatchObject({ status: 0, stdout: '', stderr: '' });
      expect(fs.readdirSync(path.join(own, '.local/share/outtray/clientmqueue'))).toHaveLength(2);
    },
  );

  it.each(['', '-', '/', '.', '..', 'sendmail', '-sendmail', '\\xff', 'SENDMAIL', 'send mail', '--version'])(
    'by the name %j',
    async (name) => {
      const home = createHome();

      const result = await shell(home, `exec -a "$(printf -- '${name}')" "$SENDMAIL" -i bob@example.net <"$MESSAGE"`);

      expect(result).toMatchObject({ status: 0, stdout: '', stderr: '' });
      expect(home.files()).toHaveLength(2);
    },
  );

  it('with sixty thousand recipients and with a word of 100 kB', async () => {
    const home = createHome();

    const many = await shell(home, '"$SENDMAIL" -i $(seq -f "user%g@example.net" 60000) <"$MESSAGE"');
    const queued = read(home, home.files()[1] ?? '');
    const long = await shell(home, '"$SENDMAIL" -i "$(printf %100000s | tr " " a)@example.net" <"$MESSAGE"');

    expect(many).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(queued.match(/^RPFD:/gm)).toHaveLength(60_000);
    expect(long.status).toBe(64);
    expect(long.stdout).toContain('... prescan: token too long\n');
  });

  it.each([
    ['TZ', 'X'.repeat(5000)],
    ['TZ', 'x\nFrom: evil@example.com'],
    ['LC_ALL', 'tr_TR.UTF-8'],
    ['LANG', '../../etc/passwd'],
    ['NAME', 'x\nBcc: evil@example.com'],
    ['HOME', 'relative'],
    ['USER', 'root\nBcc: evil@example.com'],
    ['LOGNAME', '|sh'],
    ['COLUMNS', '-1'],
    ['TERM', '\u001b]0;x'],
  ])('with %s=%j', async (name, value) => {
    const home = createHome();

    const result = await runProgram(SENDMAIL, ['-i', 'bob@example.net'], MESSAGE, { ...home.env, [name]: value }, '/');

    expect(result).toMatchObject({ status: 0, stdout: '', stderr: '' });
    const control = read(home, home.files()[1] ?? '');
    expect(control.match(/^RPFD:.*$/gm)).toEqual(['RPFD:bob@example.net']);
    expect(control).not.toMatch(/^(?:H\?.?\?)?(?:Bcc|From): evil/m);
  });

  it('in a directory that it may not read, or that has been removed', async () => {
    const home = createHome();
    const gone = createHome();

    const closed = await shell(
      home,
      'mkdir -m 000 closed; cd closed 2>/dev/null; "$SENDMAIL" -i bob@example.net <"$MESSAGE"',
    );
    const removed = await shell(gone, 'mkdir gone; cd gone; rmdir ../gone; "$SENDMAIL" -i bob@example.net <"$MESSAGE"');

    expect(closed.status).toBe(0);
    expect(home.files()).toHaveLength(2);
    // The runtime ends at once there: the caller is told.
    expect(removed.status).toBe(1);
    expect(removed.stderr).toMatch(/current working directory was deleted/);
    expect(gone.files()).toEqual([]);
  });
});

function asStranger(command: string): string {
  return `setpriv --reuid=${STRANGER} --regid=${STRANGER} --clear-groups ${command}`;
}
