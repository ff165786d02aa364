/**
 * The built sendmail where a computer is in a bad way: closed descriptors, full and read-only disks,
 * odd masks and limits. Either the message is queued whole and the status is 0, or the status is
 * not 0, nothing of it is left, and the words name thing and remedy.
 */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { BODY, inMounts, MESSAGE, noMounts, read, shell, unless } from '../support/home-shell.js';
import { createHome } from '../support/outtray-home.js';

describe('with standard descriptors closed', () => {
  it.each([
    ['none', '', BODY],
    ['input', '<&-', ''],
    ['output', '>&-', BODY],
    ['errors', '2>&-', BODY],
    ['input and output', '<&- >&-', ''],
    ['input and errors', '<&- 2>&-', ''],
    ['output and errors', '>&- 2>&-', BODY],
    ['all three', '<&- >&- 2>&-', ''],
  ])('(%s), words never go into the message', async (_, redirection, body) => {
    const home = createHome('{ "hostname": 7 }');

    // Words of both kinds: about the settings, and about the address.
    const result = await shell(home, `"$SENDMAIL" -i -oep bob@example.net bob@@ <"$MESSAGE" ${redirection}`);

    expect(result.status).toBe(68);
    const [data = ''] = home.files();
    const control = data.replace('df', 'qf');
    expect(read(home, data)).toBe(body);
    expect(read(home, control)).toMatch(/^V8\n[\s\S]*\n\.\n$/);
    expect(read(home, control)).not.toContain('hostname:');
  });

  it('-bs without an input ends, without an output takes the message', async () => {
    const home = createHome();
    const session = 'EHLO x\\r\\nMAIL FROM:<a@b>\\r\\nRCPT TO:<c@d>\\r\\nDATA\\r\\nhi\\r\\n.\\r\\nQUIT\\r\\n';

    const deaf = await shell(home, '"$SENDMAIL" -bs <&-');
    const mute = await shell(home, `printf '${session}' | "$SENDMAIL" -bs >&- 2>&-`);

    expect([deaf.status, mute.status]).toEqual([0, 0]);
    expect(home.files().map((name) => name.slice(0, 2))).toEqual(['df', 'qf']);
    expect(read(home, home.files()[0] ?? '')).toBe('hi\n');
  });

  it('output to a full disk costs the words and not the message', async () => {
    const home = createHome();

    const result = await shell(home, '"$SENDMAIL" -i -oep bob@example.net bob@@ <"$MESSAGE" >/dev/full 2>&1');

    expect(result.status).toBe(68);
    expect(read(home, home.files()[0] ?? '')).toBe(BODY);
  });
});

describe.skipIf(noMounts !== null)(`on a disk${unless(noMounts)}`, () => {
  const NO_MINIMUM = `printf '{"queue":{"minFreeBytes":"0kB"}}' >"$T/settings.json"`;

  it.each([
    ['that is small', 'mount -t tmpfs -o size=64k x "$T"', /fewer than queue\.minFreeBytes/],
    [
      'that fills up in the body',
      `mount -t tmpfs -o size=64k x "$T"; ${NO_MINIMUM}`,
      /^sendmail: cannot write .*\/df\w+: .*ENOSPC/,
    ],
    [
      'that fills up behind the body',
      `mount -t tmpfs -o size=64k x "$T"; ${NO_MINIMUM}; mkdir -m 700 "$T/clientmqueue"; head -c 55k /dev/zero >"$T/fill"; MESSAGE=$SMALL`,
      /^sendmail: cannot write .*\/tf\w+: .*ENOSPC/,
    ],
    [
      'that has no names left for the body',
      'mount -t tmpfs -o nr_inodes=2 x "$T"; mkdir -m 700 "$T/clientmqueue"; MESSAGE=$SMALL',
      /^sendmail: cannot create a message in .*ENOSPC/,
    ],
    [
      'that has no names left for the control file',
      'mount -t tmpfs -o nr_inodes=3 x "$T"; mkdir -m 700 "$T/clientmqueue"; MESSAGE=$SMALL',
      /^sendmail: cannot write .*\/tf\w+: .*ENOSPC/,
    ],
  ])('%s the message is refused for now, and nothing of it stays', async (_, prepare, words) => {
    const home = createHome();
    const outside = createHome();
    fs.writeFileSync(path.join(outside.directory, 'small'), MESSAGE);
    fs.writeFileSync(path.join(outside.directory, 'large'), `Subject: x\n\n${'x'.repeat(99)}\n`.repeat(2000));

    const result = await inMounts(
      home,
      `SMALL=${outside.directory}/small MESSAGE=${outside.directory}/large; ${prepare}
       "$SENDMAIL" bob@example.net <"$MESSAGE"; status=$?; find "$T" -name '[a-zA-Z]f*' >&2; exit $status`,
    );

    expect(result.status).toBe(75);
    expect(result.stderr).toMatch(words);
    expect(result.stderr).toMatch(/\. Free some space.* and send the message again\.\n$/);
  });

  it('that cannot be written to: nothing is taken, the directory is named', async () => {
    const home = createHome();

    const wholeHome = await inMounts(home, 'mount -t tmpfs -o ro x "$T"; echo x | "$SENDMAIL" bob@example.net');
    const spool = await inMounts(
      home,
      'mkdir -m 700 "$T/clientmqueue"; mount -t tmpfs -o ro,mode=700 x "$T/clientmqueue"; echo x | "$SENDMAIL" bob@example.net',
    );

    for (const result of [wholeHome, spool]) {
      expect(result.status).toBe(73);
      expect(result.stderr).toMatch(/^sendmail: .*\/clientmqueue\b.* read-only file system.*\n$/i);
    }
  });

  it('that cannot be written to but for the queue: the message is queued, without a log', async () => {
    const home = createHome();

    const result = await inMounts(
      home,
      `mkdir -m 700 "$T/clientmqueue"; mount --bind "$T" "$T"; mount --bind "$T/clientmqueue" "$T/clientmqueue"
       mount -o remount,bind,ro "$T"; "$SENDMAIL" -i bob@example.net <"$MESSAGE"`,
    );

    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(home.files()).toHaveLength(2);
    expect(home.log()).toBe('');
  });

  it.each([
    ['no /tmp to write to', 'mount -t tmpfs -o ro,noexec x /var/tmp; export TMPDIR=/nonexistent'],
    ['no /sys', 'umount -l /sys'],
    ['no devices', 'mount -t tmpfs x /dev'],
    ['no password file', 'mount --bind /dev/null /etc/passwd'],
  ])('where there is %s the message is queued', async (_, prepare) => {
    const home = createHome();

    const result = await inMounts(home, `${prepare}; "$SENDMAIL" -i bob@example.net <"$MESSAGE"`);

    expect(result).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(read(home, home.files()[0] ?? '')).toBe(BODY);
  });
});

describe('whatever the limits of its caller', () => {
  it.each(['000', '022', '077', '777'])('umask %s: files are the user’s alone, and the user’s', async (mask) => {
    const home = createHome();

    const result = await shell(home, `umask ${mask}; "$SENDMAIL" -i bob@example.net <"$MESSAGE"`);

    expect(result).toMatchObject({ status: 0, stderr: '' });
    const modes = ['', ...home.files()].map((name) => fs.statSync(path.join(home.spool, name)).mode & 0o777);
    expect(modes).toEqual([0o700, 0o600, 0o600]);
    expect(fs.statSync(path.join(home.directory, 'log/maillog')).mode & 0o777).toBe(0o600);
  });

  it.each([0, 20])('files of %i blocks at most: refused for now, nothing stays', async (blocks) => {
    const home = createHome();
    const large = path.join(home.directory, 'large');
    fs.writeFileSync(large, `Subject: x\n\n${`${'x'.repeat(99)}\n`.repeat(3000)}`);

    const result = await shell(home, `ulimit -f ${blocks}; "$SENDMAIL" bob@example.net <${large}`);

    expect(result.status).toBe(75);
    expect(result.stderr).toMatch(/^sendmail: cannot write .*\/df\w+: EFBIG/);
    expect(home.files()).toEqual([]);
  });

  it('few descriptors: queued whole or refused, never half', async () => {
    const statuses: (number | null)[] = [];
    for (const limit of [4, 5, 6, 7, 8, 10, 20]) {
      const home = createHome();

      const { status } = await shell(home, `ulimit -n ${limit}; exec "$SENDMAIL" -i bob@example.net <"$MESSAGE"`);

      expect(home.files()).toHaveLength(status === 0 ? 2 : 0);
      statuses.push(status);
    }
    expect(statuses.slice(-3)).toEqual([0, 0, 0]);
  });
});
