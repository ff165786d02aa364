/**
 * A whole spool handed over, both ways: every recorded submission made by the real sendmail, some of it after a
 * failed run, in quarantine, with reports, is listed and flushed by the built command; and one of the built
 * command, with every variety of job, by the real sendmail. The other program does the same to a copy,
 * and the relay must get the same envelopes and bytes.
 */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { now } from '../support/both-runs.js';
import { makeDirectory } from '../support/laptop.js';
import { BIN, runProgram } from '../support/outtray-home.js';
import { type RealSendmail, setUpRealSendmail, whyNoRealSendmail } from '../support/real-sendmail.js';
import { readRecordedCases } from '../support/recorded-cases.js';
import { type Sink, startSink } from '../support/sink-relay.js';

const missing = whyNoRealSendmail();

/** They leave otherwise on purpose (FORMAT.md), or leave nothing. */
const DIFFERENT = /^(?:042|046|069|089|091)/;
const MAIL = 'Subject: test\n\nHello.\n';

/** A relay that has not yet opened, then takes everything. */
async function startShop(): Promise<Sink & { open(): void }> {
  let closed = true;
  const sink = await startSink({
    extensions: ['PIPELINING', '8BITMIME', 'SIZE', 'DSN', 'ENHANCEDSTATUSCODES', 'DELIVERBY 60'],
    toMail: (line) => (closed && /<>|late/.test(line) ? '450 4.2.1 Not yet' : undefined),
    toRecipient: (address) =>
      closed ? (address.startsWith('gone') ? '550 5.1.1 User unknown' : refuseTemporarily(address)) : undefined,
  });
  return {
    ...sink,
    messages: sink.messages,
    open() {
      closed = false;
    },
  };
}

function refuseTemporarily(address: string): string | undefined {
  return address.startsWith('ok') ? undefined : '450 4.2.1 Mailbox busy';
}

interface Built {
  readonly spoolDirectory: string;
  run(
    name: 'sendmail' | 'mailq',
    args: readonly string[],
    input?: string,
  ): Promise<{ status: number | null; stdout: string }>;
}

/** The built command with a home and a spool below `top`. */
function setUpBuilt(top: string, port: number, delivery = {}): Built {
  const home = makeDirectory(path.join(top, 'outtray'), 0o700, 0, 0);
  const spoolDirectory = makeDirectory(path.join(home, 'clientmqueue'), 0o700, 0, 0);
  const settings = {
    hostname: 'laptop.example.org',
    relays: { home: { host: '127.0.0.1', port, security: 'none' } },
    defaultRelay: 'home',
    delivery,
  };
  fs.writeFileSync(path.join(home, 'settings.json'), JSON.stringify(settings));
  return {
    spoolDirectory,
    run: (name, args, input = '') =>
      runProgram(path.join(BIN, name), args, input, { OUTTRAY_HOME: home, TZ: 'UTC' }, top),
  };
}

function temporaryDirectory(): string {
  const directory = fs.mkdtempSync('/tmp/outtray-takeover-');
  onTestFinished(() => fs.rmSync(directory, { recursive: true }));
  return directory;
}

/** As if the other program had written it: its owner, its modes. */
function copySpool(from: string, to: string, mode: number): void {
  const { uid, gid } = fs.statSync(to);
  for (const name of fs.readdirSync(from)) {
    const copy = path.join(to, name);
    fs.copyFileSync(path.join(from, name), copy);
    fs.chmodSync(copy, mode);
    fs.chownSync(copy, uid, gid);
  }
}

const LISTINGS = [[], ['-v'], ['-v', '-qQ'], ['-v', '-qL']] as const;

async function expectSameListings(real: RealSendmail, built: Built): Promise<void> {
  for (const args of LISTINGS) {
    const theirs = await real.run(['-bp', '-OQueueSortOrder=filename', ...args]);
    const ours = await built.run('mailq', ['-OQueueSortOrder=filename', ...args]);

    expect(ours.stdout.replaceAll(built.spoolDirectory, 'SPOOL')).toBe(
      theirs.stdout.replaceAll(real.spoolDirectory, 'SPOOL'),
    );
  }
}

/** Everything, what is in quarantine included. */
async function flush(run: (args: readonly string[]) => Promise<unknown>): Promise<void> {
  await run(['-Q', '-qQ']);
  await run(['-q', '-v']);
}

function taken(messages: Sink['messages']): string[] {
  return messages
    .map(({ mail, rcpt, text }) => [mail.replace(/ BY=-?\d+;/, ' BY=n;'), ...rcpt, text].join('\n'))
    .sort();
}

describe.skipIf(missing !== null)(`a spool handed over${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  it('by the real sendmail, with all that was recorded in it, is listed and flushed as by itself', async () => {
    const theirShop = await startShop();
    const ourShop = await startShop();
    const real = setUpRealSendmail(theirShop.port);
    const built = setUpBuilt(temporaryDirectory(), ourShop.port);
    for (const { name, submission } of readRecordedCases()) {
      if (DIFFERENT.test(name) || submission.args.some((arg) => /^-[qQ]|^-b[^s]/.test(arg))) continue;
      const user = submission.user === 'root' ? 'root' : 'alice';
      const args = submission.args.filter((arg) => arg !== '-Ac');
      await real.run(args, submission.stdin, { user, env: submission.env });
    }
    await real.run(['-i', 'gone@example.net', 'ok@example.net', 'late@example.net'], MAIL, { user: 'alice' });
    await real.run(['-q', '-v', '-qRexample.com']);
    await real.run(['-q', '-v', '-qRgone']);
    await real.run(['-Qsuspicious', '-qRcarol']);
    copySpool(real.spoolDirectory, built.spoolDirectory, 0o600);
    const before = theirShop.messages.length;

    await expectSameListings(real, built);
    theirShop.open();
    ourShop.open();
    await flush((args) => real.run(args));
    await flush((args) => built.run('sendmail', ['-Ac', ...args]));

    expect(taken(ourShop.messages)).toEqual(taken(theirShop.messages.slice(before)));
    expect(ourShop.messages.length).toBeGreaterThan(70);
    expect(fs.readdirSync(built.spoolDirectory)).toEqual(fs.readdirSync(real.spoolDirectory));
  });

  it('by us, with every variety of job, is listed and flushed by the real sendmail as by us', async () => {
    const theirShop = await startShop();
    const ourShop = await startShop();
    const built = setUpBuilt(temporaryDirectory(), ourShop.port, { onFailure: 'both' });
    const real = setUpRealSendmail(theirShop.port);
    for (const [args, input] of SUBMISSIONS) await built.run('sendmail', ['-Ac', ...args], input ?? MAIL);
    await built.run('sendmail', ['-Ac', '-q', '-v', '-qRbusy']);
    await built.run('sendmail', ['-Ac', '-Qa reason', '-qRheld']);
    for (const [name, text] of Object.entries(ODD_FILES))
      fs.writeFileSync(path.join(built.spoolDirectory, name), text, { encoding: 'latin1', mode: 0o600 });
    copySpool(built.spoolDirectory, real.spoolDirectory, 0o660);
    const before = ourShop.messages.length;

    await expectSameListings(real, built);
    theirShop.open();
    ourShop.open();
    await flush((args) => real.run(args));
    await flush((args) => built.run('sendmail', ['-Ac', ...args]));

    expect(taken(ourShop.messages.slice(before))).toEqual(taken(theirShop.messages));
    expect(theirShop.messages.length).toBeGreaterThan(15);
    expect(fs.readdirSync(real.spoolDirectory).sort()).toEqual(fs.readdirSync(built.spoolDirectory).sort());
  });
});

const SUBMISSIONS: readonly (readonly [readonly string[], string?])[] = [
  [['-i', 'bob@example.net']],
  [['-i', '-f', 'carol@example.org', 'bob@example.net', 'alice']],
  [['-i', '-f', '<>', 'bob@example.net']],
  [['-i', 'busy@example.net']],
  [['-i', 'busy@example.net', 'ok@example.net', 'gone@example.net']],
  [['-i', 'held@example.net']],
  [['-i', '-t'], 'Bcc: secret@example.net\nSubject: x\n\nx\n'],
  [['-i', '-t'], 'To: Bob B. <bob@example.net>, carol\nCc: dave@example.org\nBcc: erin@example.net\n\nx'],
  [['-i', '-N', 'success,failure', '-R', 'hdrs', '-V', 'env+2B1', 'bob@example.net'], 'Subject: dsn\n\n.\n..\n'],
  [['-i', '-N', 'never', 'bob@example.net']],
  [['-i', '-B8BITMIME', 'bob@example.net'], 'Subject: gr\u00c3\u009f\nMIME-Version: 1.0\n\nh\u00c3\u00a9\n'],
  [['-i', 'bob@example.net'], 'Subject: \u00e9\u0085\n\nraw \u00e9 \u0000 nul\n'],
  [['-i', 'bob@example.net'], 'Precedence: bulk\nSubject: no body\n\n'],
  [['-i', ...Array.from({ length: 150 }, (_, index) => `r${index}@h${index % 7}.example`)]],
  [
    ['-bs'],
    'EHLO x\r\nMAIL FROM:<alice@laptop.example.org> BY=9000;N\r\nRCPT TO:<bob@example.net>\r\nDATA\r\nSubject: by\r\n\r\nx\r\n.\r\nQUIT\r\n',
  ],
];

/** Of all versions, debris, and a lost one. */
const ODD_FILES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [0, 1, 2, 3, 4, 5, 6, 7, 8].flatMap((version) => [
      [`df6AKNAo0${version}001942`, `version ${version}\n`],
      [`qf6AKNAo0${version}001942`, versioned(version)],
    ]),
  ),
  dforphan: 'nobody asks for me\n',
  df6AKNAo10001942: 'lost\n',
  Qf6AKNAo10001942: `V8\nT${now}\nYbad\nSalice\nRPFD:bob@example.net\n.\n`,
};

function versioned(version: number): string {
  const head = version === 0 ? '' : `V${version}\n`;
  const recipient = version === 0 ? 'Rbob@example.net' : 'RPFD:bob@example.net';
  return `${head}T${now}\nK0\nN0\nP3000${version}\nSalice\n${recipient}\nH??Subject: version ${version}\nH??From: alice\n.\n`;
}
