import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAliasFile } from '../../../core/submission/alias-file.js';
import { type Aliases, createAliases } from '../../../core/submission/aliases.js';
import type { SubmissionEnvironment } from '../../../core/submission/environment.js';
import { parseCommandLine } from '../../../core/submission/options.js';
import { type SubmissionResult, submit } from '../../../core/submission/submit.js';
import { controlLines, createTestEnvironment, inputOf, spooled } from './support.js';

const HOST = 'laptop.example.org';

const MESSAGE = 'Subject: test\n\nHello.\n';

let directory = '';
let said: string[] = [];
let complained: string[] = [];

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-submit-'));
  said = [];
  complained = [];
});
afterEach(() => fs.rmSync(directory, { recursive: true }));

describe('a message that cannot be taken', () => {
  it('is refused when -t finds no recipients, which sendmail calls success', async () => {
    const { status } = await run(['-t'], 'Subject: nobody\n\nHello.\n');

    expect(status).toBe(64);
    expect(said).toEqual(['No recipient addresses found in header\n']);
    expect(spooled(directory)).toEqual([]);
  });

  it('names the 8-bit address that was the only one, which sendmail does not', async () => {
    const { status } = await run(['-t'], 'To: J\u00e9\u0089 <re@example.net>\n\nHello.\n');

    expect(status).toBe(64);
    expect(said).toEqual(['No recipient addresses found in header\n']);
    expect(complained).toEqual(['sendmail: 8-bit character in mailbox address "Ji\u007f? <re@example.net>"\n']);
  });

  it('leaves nothing behind when it is larger than the limit', async () => {
    const { status } = await run(['bob@example.net'], MESSAGE.repeat(10), {
      settings: settings({ maxMessageBytes: 100 }),
    });

    expect(status).toBe(69);
    expect(complained).toEqual(['sendmail: Message exceeds maximum fixed size (100)\n']);
    expect(spooled(directory)).toEqual([]);
  });

  it.each([
    [['-t'], 'To: a@b, c@d, e@f\n\nHello.\n'],
    [['a@b', 'c@d', 'e@f'], MESSAGE],
  ])('leaves nothing behind when it has too many recipients: %j', async (words, message) => {
    const { status } = await run(words, message, { settings: settings({ maxRecipients: 2 }) });

    expect(status).toBe(69);
    expect(complained).toEqual(['sendmail: Too many recipients: 3, 2 at most (queue.maxRecipients)\n']);
    expect(spooled(directory)).toEqual([]);
  });

  it('leaves nothing behind when too little space is left, and says what to do', async () => {
    const { status } = await run(['bob@example.net'], MESSAGE, {
      settings: settings({ minFreeBytes: 1000 }),
      freeBytes: () => 999,
    });

    expect(status).toBe(75);
    expect(complained.join('')).toMatch(/only 999 bytes are free .* Free some space and send the message again\./);
    expect(spooled(directory)).toEqual([]);
  });

  it('leaves nothing behind when reading it fails in the middle', async () => {
    async function* broken() {
      yield* inputOf(`${MESSAGE}${'more\n'.repeat(50_000)}`);
      throw new Error('read error');
    }

    const { status } = await run(['bob@example.net'], '', { input: broken() });

    expect(status).toBe(74);
    expect(spooled(directory)).toEqual([]);
  });

  it('is refused in a spool where strangers may write', async () => {
    fs.mkdirSync(path.join(directory, 'spool'));
    fs.chmodSync(path.join(directory, 'spool'), 0o777);

    const { status } = await run(['bob@example.net'], MESSAGE);

    expect(status).toBe(77);
    expect(complained.join('')).toContain('chmod o-w');
    expect(spooled(directory)).toEqual([]);
  });

  it('is refused when a file stands in the place of the spool', async () => {
    fs.writeFileSync(path.join(directory, 'spool'), '');

    const { status } = await run(['bob@example.net'], MESSAGE);

    expect(status).toBe(73);
  });

  it('is refused after 25 hops', async () => {
    const { status } = await run(['bob@example.net'], 'Received: x\n'.repeat(25) + MESSAGE);

    expect(status).toBe(69);
    expect(complained.join('')).toContain('Too many hops 26 (25 max)');
    expect(spooled(directory)).toEqual([]);
  });

  it('can be undone while its body is still coming', async () => {
    let undo = () => {};
    async function* interrupted() {
      yield* inputOf(`${MESSAGE}${'more\n'.repeat(50_000)}`);
      expect(spooled(directory)).toHaveLength(1);
      undo();
      expect(spooled(directory)).toEqual([]);
    }

    const { queuedId } = await run(['bob@example.net'], '', {
      input: interrupted(),
      onInterrupt: (given) => {
        if (given !== null) undo = given;
      },
    });

    expect(queuedId).toBeNull();
    expect(spooled(directory)).toEqual([]);
  });
});

describe('bad addresses', () => {
  it('of which no report can be queued do not make it look as if nothing was, nor as if all was', async () => {
    const ids = ['6AKN3pAA000001'];
    const next = () => {
      const id = ids.shift();
      if (id === undefined) throw new Error('disk full');
      return id;
    };

    const { status, queuedId } = await run(['-oee', 'bob@@example.net', 'good@example.net'], MESSAGE, {
      ids: { next },
    });

    expect(status).toBe(74);
    expect(queuedId).toBe('6AKN3pAA000001');
    expect(complained.join('')).toMatch(/^sendmail: 6AKN3pAA000001 is queued, but .*: disk full/);
    expect(spooled(directory)).toEqual(['df6AKN3pAA000001', 'qf6AKN3pAA000001']);
  });

  it('do not keep the good ones from being queued', async () => {
    const { status, queuedId } = await run(['bob@@example.net', 'good@example.net'], MESSAGE);

    expect(status).toBe(64);
    expect(queuedId).not.toBeNull();
    expect(said).toEqual(['bob@@example.net... Invalid route address\n']);
    expect(controlLines(directory)).toContain('Mbob@@example.net... Invalid route address');
    expect(controlLines(directory).filter((line) => line.startsWith('R'))).toEqual(['RPFD:good@example.net']);
  });

  it('save the message in dead.letter, with From lines of the body quoted', async () => {
    await run(['@c'], 'Subject: x\n\nFrom here\n', { home: directory });

    const letter = path.join(directory, 'dead.letter');
    expect(said.at(-1)).toBe(`${letter}... Saved message in ${letter}\n`);
    expect(fs.readFileSync(letter, 'latin1')).toMatch(
      /^From alice Fri Nov 20 23:03:51 2026\nReturn-Path: <alice>\nReceived: [\s\S]*\nSubject: x\n\n>From here\n\n$/,
    );
    expect(fs.statSync(letter).mode & 0o777).toBe(0o600);
  });

  it.each<readonly [string, (letter: string, other: string) => void]>([
    ['a directory', (letter) => fs.mkdirSync(letter)],
    ['a pipe', (letter) => execFileSync('mkfifo', [letter])],
    ['a link', (letter, other) => fs.symlinkSync(other, letter)],
    ['another name of a file', (letter, other) => fs.linkSync(other, letter)],
  ])('are mailed back when %s is in the place of dead.letter', async (_, plant) => {
    const other = path.join(directory, 'other');
    fs.writeFileSync(other, 'kept\n');
    plant(path.join(directory, 'dead.letter'), other);

    await run(['@c', 'good@example.net'], MESSAGE, { home: directory });

    expect(said).toEqual(['@c... User address required\n']);
    expect(fs.readFileSync(other, 'utf8')).toBe('kept\n');
    expect(spooled(directory).filter((name) => name.startsWith('df'))).toHaveLength(2);
  });

  it('keep a body of any size in dead.letter, whatever its lines', async () => {
    const body = `${'x'.repeat(64 * 1024 - 9)}\nFrom y\n${'From z\n'.repeat(20_000)}end`;

    await run(['@c'], `Subject: x\n\n${body}`, { home: directory });

    const text = fs.readFileSync(path.join(directory, 'dead.letter'), 'latin1');
    expect(text.slice(text.indexOf('\n\n') + 2)).toBe(`${body.replaceAll('\nFrom ', '\n>From ')}\n`);
  });

  it('are mailed back with -oem, and not said at all with -oeq', async () => {
    const mailed = await run(['-oem', '@c'], MESSAGE);
    const quiet = await run(['-oeq', '@c'], MESSAGE);

    expect([mailed.status, quiet.status]).toEqual([64, 64]);
    expect(said).toEqual([]);
    expect(complained).toEqual([]);
    const reports = fs.readdirSync(path.join(directory, 'spool')).filter((name) => name.startsWith('df'));
    expect(reports).toHaveLength(1);
    expect(fs.readFileSync(path.join(directory, 'spool', reports[0] ?? ''), 'latin1')).toContain(
      '553 5.1.3 @c... User address required\n',
    );
  });
});

describe('a message', () => {
  it('has a large body streamed to its data file', async () => {
    const line = 'x'.repeat(1023);
    async function* large() {
      yield* inputOf('Subject: large\n\n');
      for (let count = 0; count < 4096; count += 1) yield* inputOf(`${line}\n`);
    }

    const { queuedId } = await run(['bob@example.net'], '', { input: large() });

    expect(fs.statSync(path.join(directory, 'spool', `df${queuedId}`)).size).toBe(4096 * 1024);
    expect(controlLines(directory)).toContain(`P${30_000 + 16 + 4096 * 1024}`);
  });

  it("is logged in sendmail's form", async () => {
    const lines: string[] = [];

    await run(['bob@example.net', 'carol'], MESSAGE, {
      log: { write: (id, ...texts) => lines.push(...texts.map((text) => `${id}: ${text}`)) },
    });

    expect(lines).toEqual([
      '6AKN3p00004711: from=alice, size=22, class=0, nrcpts=2, msgid=<202611202303.6AKN3p00004711@laptop.example.org>, relay=alice@localhost',
      '6AKN3p00004711: to=carol, delay=00:00:00, mailer=relay, pri=60022, stat=queued',
      '6AKN3p00004711: to=bob@example.net, delay=00:00:00, mailer=esmtp, pri=60022, dsn=4.4.3, stat=queued',
    ]);
  });

  it('is logged as local at our own name, and when resent by that Message-Id', async () => {
    const lines: string[] = [];
    const text = `Resent-Message-Id: <resent@x>\nMessage-Id: <first@x>\n${MESSAGE}`;

    await run([`bob@${HOST.toUpperCase()}`, 'far!bob'], text, {
      log: { write: (_, ...texts) => lines.push(...texts) },
    });

    expect(lines[0]).toContain(', msgid=<resent@x>, ');
    expect(lines.find((line) => line.startsWith('to=bob'))).toContain(
      ', mailer=local, pri=60074, dsn=4.4.3, stat=queued',
    );
    expect(lines.find((line) => line.startsWith('to=far!bob'))).toContain(', mailer=esmtp, ');
  });

  it('is logged with the body type that its bytes show, and written so', async () => {
    const lines: string[] = [];
    const text = 'MIME-Version: 1.0\nSubject: \u00e9\n\nx\n';

    await run(['bob@example.net'], text, { log: { write: (_, ...texts) => lines.push(...texts) } });

    expect(lines[0]).toContain(', bodytype=8BITMIME, relay=');
    expect(controlLines(directory)).toContain('B8BITMIME');
  });

  it('has no carriage return in recipients from a header whose lines end in CR CR LF', async () => {
    await run(['-t'], 'To: bob@example.net\r\r\nSubject: test\r\r\n\r\r\nHello.\n');

    expect(controlLines(directory)).toContain('RPFD:bob@example.net');
  });

  it('of another sender names who submits it, unless it is a trusted user', async () => {
    const { settings: usual } = createTestEnvironment(directory);

    await run(['-f', 'me@example.net', 'bob@example.net'], MESSAGE);
    const warned = controlLines(directory);
    fs.rmSync(path.join(directory, 'spool'), { recursive: true });
    await run(['-f', 'me@example.net', 'bob@example.net'], MESSAGE, {
      settings: { ...usual, trustedUsers: ['alice'] },
    });

    expect(warned).toContain(`H??X-Authentication-Warning: ${HOST}: alice set sender to me@example.net using -f`);
    const lines = controlLines(directory);
    expect(lines.filter((line) => line.includes('Authentication-Warning'))).toEqual([]);
    expect(lines).toContain('Ame@example.net');
  });

  it('takes -f of the own name in any spelling without a warning', async () => {
    await run(['-f', 'alice@LAPTOP.example.org', 'bob@example.net'], MESSAGE);

    const lines = controlLines(directory);
    expect(lines).toContain('H?F?From: Alice Example <alice@LAPTOP.example.org>');
    expect(lines.filter((line) => line.includes('X-Authentication-Warning'))).toEqual([]);
  });

  it('names another user of this computer, but no unknown sender', async () => {
    await run(['-f', 'root@localhost', 'bob@example.net'], MESSAGE, {
      lookUpFullName: (login) => (login === 'root' ? 'Charlie Root' : null),
    });

    expect(controlLines(directory)).toContain('H?F?From: Charlie Root <root@laptop.example.org>');
  });

  it('replaces empty fields that have a default', async () => {
    await run(['bob@example.net'], 'Date: \nFrom:\nMessage-Id:\nSubject:\n\nb\n');

    const names = controlLines(directory).flatMap((line) => /^H\?\w*\?[^:]+/.exec(line)?.[0] ?? []);
    expect(names).toEqual([
      'H?P?Return-Path',
      'H??Received',
      'H?D?Date',
      'H?F?From',
      'H?x?Full-Name',
      'H?M?Message-Id',
      'H??Subject',
    ]);
  });
});

describe('an alias', () => {
  it('stands for its addresses, through other aliases, once each', async () => {
    const aliases = parseAliases(
      '# people\nroot: me@example.org,\n  staff\nstaff: carol, me@example.org\ncarol: carol@example.net\n',
    );

    await run(['root', 'Root@localhost'], MESSAGE, { aliases });

    expect(recipients()).toEqual(['RFDA:carol@example.net', 'RFDA:me@example.org']);
  });

  it('that leads back to itself stands for itself', async () => {
    await run(['a'], MESSAGE, { aliases: parseAliases('a: b\nb: a, c@x\n') });

    expect(recipients()).toEqual(['RFDA:a', 'RFDA:c@x']);
  });

  it('is not followed for addresses elsewhere, with -n, or behind a backslash', async () => {
    const aliases = parseAliases('bob: eve@example.org\n');

    await run(['bob@example.net', '\\bob'], MESSAGE, { aliases });
    await run(['-n', 'bob'], MESSAGE, { aliases });

    expect(recipients()).not.toContain('RFDA:eve@example.org');
  });

  it('for a program, a file or an include is not followed: its other addresses get the mail, and this is said', async () => {
    const aliases = parseAliases('root: "|/bin/x", me@example.org, /tmp/x, :include:/tmp/x\n');

    await run(['root'], MESSAGE, { aliases });

    expect(recipients()).toEqual(['RFDA:me@example.org']);
    expect(complained).toEqual([
      'sendmail: aliases: "|/bin/x"... programs, files and includes are not delivered to\n',
      'sendmail: aliases: /tmp/x... programs, files and includes are not delivered to\n',
      'sendmail: aliases: :include:/tmp/x... programs, files and includes are not delivered to\n',
    ]);
  });

  it.each(['prog: "|/bin/x"', 'prog: /dev/null', 'prog: a@@b', 'prog: other\nother: prog'])(
    'that leads to nobody leaves the mail to its name: %s',
    async (file) => {
      await run(['prog'], MESSAGE, { aliases: parseAliases(`${file}\n`) });

      expect(recipients()).toEqual(['RFDA:prog']);
      expect(complained).toHaveLength(1);
    },
  );

  it('is looked for with its detail, with any detail, and without', async () => {
    const aliases = parseAliases('ann+list: list@x\nann+*: any@x\nann: ann@x\nbob: bob@x\n');

    await run(['ann+list', 'ann+other', 'ann', 'bob+tag'], MESSAGE, { aliases });

    expect(recipients()).toEqual(['RFDA:list@x', 'RFDA:any@x', 'RFDA:ann@x', 'RFDA:bob@x']);
  });

  it('of which each names the next twice is not followed for ever', async () => {
    const chain = Array.from({ length: 60 }, (_, index) => `a${index}: a${index + 1}, a${index + 1}`).join('\n');

    await run(['a0'], MESSAGE, { aliases: parseAliases(`${chain}\na60: end@x\n`) });

    expect(recipients()).toEqual(['RFDA:end@x']);
  });

  it('is not looked for where nobody is local', async () => {
    const aliases = createAliases(() => {
      throw new Error('read');
    }, HOST);

    const { status } = await run(['bob@example.net', 'Carol <carol@example.org>'], MESSAGE, { aliases });

    expect(status).toBe(0);
  });

  it('is written in the header, too, when the settings say so: around one address name and comments stay', async () => {
    const aliases = parseAliases('root: me@example.org\nstaff: a@x, b@x\nalice: alice@home.example\nloop: loop\n');
    const text =
      'From: root (the machine)\nTo: Charlie Root <root>, staff, loop, bob@example.net\nCc: Staff <staff>\nX-To: root\n\nb\n';

    await run(['root'], text, { aliases, settings: { ...settings({}), aliasesInHeader: true } });

    expect(controlLines(directory)).toEqual(
      expect.arrayContaining([
        'H??From: me@example.org (the machine)',
        'H??To: Charlie Root <me@example.org>, a@x, b@x, loop, bob@example.net',
        'H??Cc: a@x, b@x',
        'H??X-To: root',
      ]),
    );
  });

  it('of the sender stands in the From field that is made for him, when the settings say so', async () => {
    const aliases = parseAliases('alice: alice@home.example\n');

    await run(['bob@example.net'], MESSAGE, { aliases, settings: { ...settings({}), aliasesInHeader: true } });

    expect(controlLines(directory)).toContain('H?F?From: Alice Example <alice@home.example>');
  });

  function recipients(): string[] {
    return controlLines(directory).filter((line) => line.startsWith('R'));
  }
});

function parseAliases(text: string): Aliases {
  return createAliases(() => [parseAliasFile(text, HOST)], HOST);
}

async function run(
  words: readonly string[],
  message: string,
  given: Partial<SubmissionEnvironment> = {},
): Promise<SubmissionResult> {
  const { action } = parseCommandLine('sendmail', 'sendmail', words);
  if (action.mode !== 'deliver') throw new Error(`mode ${action.mode}`);
  const environment = createTestEnvironment(directory, {
    input: inputOf(message),
    say: (text) => said.push(text),
    complain: (text) => complained.push(text),
    ...given,
  });
  return submit(action.request, environment);
}

function settings(queue: Partial<SubmissionEnvironment['settings']['queue']>): SubmissionEnvironment['settings'] {
  const { settings: usual } = createTestEnvironment(directory);
  return { ...usual, queue: { ...usual.queue, ...queue } };
}
