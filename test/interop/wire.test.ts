/** What the relay gets and what -v shows: the real sendmail and our run flush the same queue files. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { setUpRealSendmail, whyNoRealSendmail } from '../support/real-sendmail.js';
import { replayRun } from '../support/recorded-run.js';
import { type Sink, type SinkOptions, startSink } from '../support/sink-relay.js';

type QueueFiles = Readonly<Record<string, string>>;

const missing = whyNoRealSendmail();
const corpus = path.resolve(import.meta.dirname, '../corpus');
const now = Math.floor(Date.now() / 1000);

/** Cases that leave otherwise on purpose (FORMAT.md). */
const DIFFERENT = new Set([
  '042-utf8-address-without-U',
  '046-long-body-line',
  '089-bs-deliver-by-return',
  '091-double-dot-and-mixed-cr',
]);

function recordedJobs(): QueueFiles {
  const files: Record<string, string> = {};
  for (const name of fs.readdirSync(corpus)) {
    const folder = path.join(corpus, name);
    if (!/^\d{3}-/.test(name) || DIFFERENT.has(name) || !fs.existsSync(path.join(folder, 'qf'))) continue;
    const meta = JSON.parse(fs.readFileSync(path.join(folder, 'meta.json'), 'utf8')) as { jobs: { id: string }[] };
    const id = meta.jobs[0]?.id ?? '';
    files[`df${id}`] = fs.readFileSync(path.join(folder, 'df'), 'latin1');
    files[`qf${id}`] = fs.readFileSync(path.join(folder, 'qf'), 'latin1').replace(/^T\d+$/m, `T${now}`);
  }
  return files;
}

/** A job of its own for each field. */
function jobsWith(fields: readonly string[]): QueueFiles {
  return Object.assign({}, ...fields.map((field, index) => job(index, { headers: [field] })));
}

interface JobParts {
  readonly sender?: string;
  readonly recipients?: readonly string[];
  readonly lines?: readonly string[];
  readonly headers?: readonly string[];
  readonly body?: string;
}

function job(index: number, parts: JobParts): QueueFiles {
  const { sender = 'alice', recipients = ['RPFD:bob@example.net'], lines = [], headers = [], body = 'Hi\n' } = parts;
  const id = `6AKNAo${String(index).padStart(2, '0')}001942`;
  const records = ['V8', `T${now}`, 'K0', 'N0', `P${30_000 + index}`, 'Fs', '$_alice@localhost']
    .concat(`\${daemon_flags}c u`, `S${sender}`, lines, recipients)
    .concat('H?P?Return-Path: <\u0081g>', `H??X-Job: ${index}`, headers, '.');
  return { [`df${id}`]: body, [`qf${id}`]: `${records.join('\n')}\n` };
}

function put(directory: string, files: QueueFiles, mode: number): void {
  const { uid, gid } = fs.statSync(directory);
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(directory, name);
    fs.writeFileSync(file, content, 'latin1');
    fs.chmodSync(file, mode);
    fs.chownSync(file, uid, gid);
  }
}

const REPORT_IDS = Array.from({ length: 20 }, (_, index) => `7AAAAA00${100_000 + index}`);

interface Flushed {
  readonly messages: Sink['messages'];
  readonly transcript: string;
}

async function flushBoth(files: QueueFiles, options: SinkOptions = {}): Promise<{ theirs: Flushed; ours: Flushed }> {
  const theirSink = await startSink(options);
  const sendmail = setUpRealSendmail(theirSink.port);
  put(sendmail.spoolDirectory, files, 0o660);
  const { stdout } = await sendmail.run(['-q', '-v']);

  const ourSink = await startSink(options);
  const spoolDirectory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-wire-'));
  onTestFinished(() => fs.rmSync(spoolDirectory, { recursive: true }));
  put(spoolDirectory, files, 0o600);
  const { transcript } = await replayRun({ spoolDirectory, port: ourSink.port, at: now, ids: REPORT_IDS });
  return {
    theirs: { messages: theirSink.messages, transcript: plain(stdout, sendmail.spoolDirectory, theirSink.port) },
    ours: { messages: ourSink.messages, transcript: plain(transcript, spoolDirectory, ourSink.port) },
  };
}

function plain(transcript: string, directory: string, port: number): string {
  return transcript.replaceAll(directory, 'QUEUE').replaceAll(`port ${port}`, 'port 2525');
}

/** Without reports that the run made, whose ids and times are their own; in no order, since ours is by sender. */
function comparable({ messages }: Flushed): readonly string[] {
  return messages
    .filter(({ text }) => text.startsWith('X-Job') || / id 6AK/.test(text.slice(0, text.indexOf(';'))))
    .map(({ mail, rcpt, text }) => [mail, ...rcpt, text].join('\n'))
    .sort();
}

describe.skipIf(missing !== null)(`the same queue, flushed by both${missing === null ? '' : ` (${missing})`}`, () => {
  it('hands over every recorded message with the envelope and the bytes of sendmail', async () => {
    const { theirs, ours } = await flushBoth(recordedJobs());

    expect(comparable(ours)).toEqual(comparable(theirs));
    expect(ours.messages.length).toBeGreaterThan(80);
  });

  it('writes address fields as sendmail does', async () => {
    const { theirs, ours } = await flushBoth(
      jobsWith([
        'H??To: alice, Bob Builder, a%b, a%b%c, a!b, x.y!z, "a b", "a@b"@h, bob@LOCALHOST, bob@laptop',
        'H??Cc: friends: bob, Carol <c@y>;, undisclosed-recipients:;, <>, @, x@, <list:;>',
        'H??From: <@r1,@r2:bob@h>',
        'H??Reply-To: O\'Neil B. <o@h>, J. R. "Bob" Dobbs <j>, a@b <c@d> (e), (f) g@h, i@j (k',
        'H??Sender: u@[127.0.0.1], u@[IPv6:::1], b@a.UUCP, b@b.uucp., c@d.., Bob <a> <b@c>',
        'H??To: "unfinished <alice>, bob',
        'H??Cc: alice bob carol@example.net',
        `H??To: ${Array.from({ length: 30 }, (_, index) => `Person ${index} <person${index}>`).join(', ')}`,
        'H??Cc: Bob <bob@h> "Bob", Gr\u00c3\u00ff\u009f <g@h>, =?UTF-8?Q?Gr=C3=BC?= <g>',
        'H??Bcc: secret@example.net',
      ]),
    );

    expect(comparable(ours)).toEqual(comparable(theirs));
    expect(comparable(ours)).toHaveLength(10);
  });

  it.each([
    [['PIPELINING', '8BITMIME', 'SIZE', 'DSN', 'ENHANCEDSTATUSCODES', 'AUTH PLAIN', 'DELIVERBY 60']],
    [['8BITMIME', 'SIZE']],
    [[]],
  ])('says the parameters of the envelope that sendmail says to a relay with %j', async (extensions) => {
    const { theirs, ours } = await flushBoth(
      {
        ...job(1, {
          lines: ['Zenv1', 'Aalice@laptop.example.org'],
          recipients: ['Qrfc822;bob@x.y', 'RPNS:bob@example.net', 'RPFD:carol', 'RPN:dora@example.net'],
        }),
        ...job(2, { lines: ['!\u0011 3600'], recipients: ['RPNS:bob@example.net', 'RPFD:eve@example.net'] }),
        ...job(3, { sender: 'Alice <alice@example.org>', headers: ['H?D?X-D: d', 'H?P?X-P: p', 'H?$_?X-M: m'] }),
        ...job(4, { sender: '<>', recipients: ['RPFD:"a.b"@h', 'RPFD:a%b', 'RPFD:x!y', 'RPFD:<@r:c@d>'], body: '' }),
      },
      { extensions },
    );

    expect(comparable(ours)).toEqual(comparable(theirs));
  });

  it('shows a run under -v line for line', async () => {
    const { theirs, ours } = await flushBoth(
      {
        ...job(1, { recipients: ['RPFD:ok@x', 'RPFD:busy@x', 'RPFD:Carol C <carol@x>'] }),
        ...job(2, { recipients: ['RPFD:busy@x'] }),
        ...job(3, { recipients: ['RPFD:alice', 'RPFD:bob@example.net'] }),
      },
      { toRecipient: (address) => (address === 'busy@x' ? '450 4.2.1 Mailbox busy' : undefined) },
    );

    expect(ours.transcript).toBe(theirs.transcript);
    expect(ours.transcript).toContain('busy@x... Deferred: 450 4.2.1 Mailbox busy');
  });
});
