/** What the built `sendmail` refuses before it can say 0: control characters, and messages beyond its limits. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createHome, type Finished, type OuttrayHome } from '../support/outtray-home.js';

const MESSAGE = 'Subject: x\n\nHello.\n';
const CONTROLS = ['\x01', '\x07', '\x1b', '\x7f'];
const IN_QUOTES = [...CONTROLS, '\r', '\v', '\f'];

describe('a control character', () => {
  it.each([
    ...CONTROLS.map((control) => `a${control}b@example.net`),
    ...IN_QUOTES.map((control) => `"a${control}b"@example.net`),
    'b\u0085b@example.net',
  ])('in the address %j refuses it, on the command line and in the header, and not the others', async (address) => {
    const home = createHome();

    const operand = await home.run('sendmail', ['-i', '-oeq', '--', address, 'bob@example.net'], MESSAGE);
    const field = await home.run(
      'sendmail',
      ['-i', '-oeq', '-t'],
      `To: ${address.replace('\r', '\x02')}, bob@example.net\n\nx\n`,
    );

    expect([operand.status, field.status]).toEqual([64, 64]);
    expect(recipients(home)).toEqual(['RPFD:bob@example.net', 'RPFD:bob@example.net']);
  });

  it.each(CONTROLS.flatMap((control) => [`a${control}b@example.net`, `"a${control}b"@example.net`]))(
    'in the sender %j: the own one is taken, and the status says so',
    async (address) => {
      const home = createHome();

      const { status, stdout } = await home.run('sendmail', ['-f', address, 'bob@example.net'], MESSAGE);

      expect(status).toBe(64);
      expect(stdout).toMatch(/^Syntax error in mailbox address "[ -~]*" \(non-printable character\)\n/);
      expect(lines(home, 'S').join()).not.toContain('example.net');
    },
  );

  it.each(
    [...IN_QUOTES, '\t', '\n'].flatMap((control) => [
      ['-V', `a${control}b`, 'Invalid syntax in -V flag'],
      ['-N', `never${control}`, 'Invalid -N argument'],
      ['-R', `full${control}`, 'Invalid -R value'],
    ]),
  )('in %s %j: nothing is queued', async (option = '', value = '', words = '') => {
    const home = createHome();

    const result = await home.run('sendmail', [option, value, 'bob@example.net'], MESSAGE);

    expect(result).toMatchObject({ status: 64, stdout: `${words}\n` });
    expect(home.files()).toEqual([]);
  });

  it('never leaves an envelope or a parameter over -bs', async () => {
    const home = createHome();
    const commands = CONTROLS.flatMap((control) => [
      `MAIL FROM:<"a${control}b"@example.net>`,
      `MAIL FROM:<a@example.net> ENVID=a${control}b`,
      `MAIL FROM:<a@example.net> AUTH=a${control}b`,
    ]);
    const more = CONTROLS.flatMap((control) => [
      `RCPT TO:<a${control}b@example.net>`,
      `RCPT TO:<b@example.net> ORCPT=rfc822;a${control}b`,
      `RCPT TO:<b@example.net> NOTIFY=NEVER${control}`,
    ]);

    const { stdout } = await smtp(home, ['EHLO x', ...commands, 'MAIL FROM:<a@example.net>', ...more, 'QUIT']);

    const refused = stdout.split('\r\n').filter((line) => line.startsWith('5'));
    expect(refused).toHaveLength(commands.length + more.length);
    expect(stdout).toMatch(/^[ -~\r\n]*$/);
  });
});

describe('a limit', () => {
  it.each([
    [
      'the size of a message',
      { maxMessageBytes: '1kB' },
      MESSAGE + 'x\n'.repeat(1000),
      69,
      /exceeds maximum fixed size \(1000\)/,
    ],
    ['the number of recipients', { maxRecipients: 1 }, MESSAGE, 69, /Too many recipients: 2, 1 at most/],
    ['the size of a header', {}, `X: ${'y'.repeat(1_200_000)}\n${MESSAGE}`, 65, /Headers too large/],
    ['free space', { minFreeBytes: '900000GB' }, MESSAGE, 75, /bytes are free on the disk of .*Free some space/],
  ])('on %s refuses with a sentence, and nothing is queued', async (_, limits, input, expected, words) => {
    const home = createHome({ queue: { minFreeBytes: '0B', ...limits } });

    const { status, stderr } = await home.run('sendmail', ['-i', 'a@example.net', 'b@example.net'], input);

    expect(status).toBe(expected);
    expect(stderr).toMatch(words);
    expect(home.files()).toEqual([]);
  });
});

function smtp(home: OuttrayHome, commands: readonly string[]): Promise<Finished> {
  return home.run('sendmail', ['-bs'], commands.map((line) => `${line}\r\n`).join(''));
}

function recipients(home: OuttrayHome): string[] {
  return lines(home, 'R');
}

/** Records of this kind in all control files. */
function lines(home: OuttrayHome, code: string): string[] {
  return home
    .files()
    .filter((name) => name.startsWith('qf'))
    .flatMap((name) => fs.readFileSync(path.join(home.spool, name), 'latin1').split('\n'))
    .filter((line) => line.startsWith(code));
}
