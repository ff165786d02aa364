/** Modes and names of the built `sendmail` that hand over no mail: sendmail's words and statuses. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { BIN, createHome, runProgram } from '../support/outtray-home.js';

const root = process.getuid?.() === 0;
const PURGED = root ? { status: 0, stdout: '' } : { status: 64, stdout: 'Permission denied (real uid not trusted)\n' };

describe('called by its other names', () => {
  it.each([
    ['hoststat', { status: 0, stdout: '' }],
    ['purgestat', PURGED],
    ['newaliases', { status: 0 }],
    ['smtpd', { status: 64, stdout: '550 Mail submission program cannot be used as daemon\r\n' }],
  ])('%s answers as sendmail', async (name, expected) => {
    const home = createHome();
    const built = path.join(BIN, name);
    const link = path.join(home.directory, name);
    fs.symlinkSync(path.join(BIN, 'sendmail'), link);

    const linked = await runProgram(link, [], '', home.env, '/');
    const own = fs.existsSync(built) ? await runProgram(built, [], '', home.env, '/') : linked;

    expect(linked).toMatchObject(expected);
    expect(own).toEqual(linked);
  });
});

describe('a mode without mail', () => {
  it.each([
    [['-bh'], '', { status: 0, stdout: '' }],
    [['-bH'], '', PURGED],
    [['-bC'], '', { status: 0, stdout: '' }],
    [['-bP'], '', { status: 0, stdout: 'Data unavailable: shared memory not updated\n' }],
    [['-bD'], '', { status: 64, stdout: 'Mail submission program cannot be used as daemon\n' }],
    [['-bz'], '', { status: 64, stdout: 'Frozen configurations unsupported\n' }],
    [['-bx'], '', { status: 64, stdout: 'Invalid operation mode x\n' }],
    [['-ba'], 'x\n', { status: 64, stdout: '550 Recipient names must be specified\r\n' }],
    [['-bp', '-qGother'], '', { status: 0, stdout: 'Queue group other unknown\n' }],
    [['-bv', '"bob@example.net'], '', { status: 64, stdout: expect.stringContaining(`Unbalanced '"'\n`) }],
  ])('%j is answered in words of sendmail', async (words, input, expected) => {
    const home = createHome();

    const result = await home.run('sendmail', words, input);

    expect(result).toMatchObject({ ...expected, stderr: '' });
    expect(home.files()).toEqual([]);
  });

  it('-bt says what an address is taken for, and that there are no rulesets', async () => {
    const home = createHome();

    const { status, stdout } = await home.run(
      'sendmail',
      ['-bt'],
      '/parse Bob <bob@Example.net>\n3,0 bob\n/foo\n/quit\nx\n',
    );

    expect(status).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'ADDRESS TEST MODE (ruleset 3 NOT automatically invoked)',
      'Enter <ruleset> <address>',
      '> Cracked address = Bob <$g>',
      'Parsing envelope recipient address',
      'mailer esmtp, host example.net, user bob@Example.net',
      '> Undefined ruleset 3,0',
      '> Unknown "/" command /foo',
      '> ',
    ]);
  });
});
