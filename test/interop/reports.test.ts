/**
 * The same message, refused or put off in the same words, run once by the real sendmail and once by
 * ours with delivery.onFailure "bounce": what stays in the queue and what the relay got,
 * reports included, must be the same, but for seconds of the clock.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { setUpRealSendmail, whyNoRealSendmail } from '../support/real-sendmail.js';
import { findClosedPort, replayRun } from '../support/recorded-run.js';
import { type Sink, type SinkOptions, startSink } from '../support/sink-relay.js';

const missing = whyNoRealSendmail();

interface Case {
  readonly name: string;
  readonly args: readonly string[];
  readonly stdin?: string;
  readonly user?: 'root' | 'alice';
  /** null: nobody listens. */
  readonly sink: SinkOptions | null;
  readonly ageSeconds?: number;
}

const HOUR = 3600;
const answers = (replies: Readonly<Record<string, string>>): SinkOptions => ({
  toRecipient: (address) => replies[address],
});
const gone = answers({ 'a@x.org': '550 5.1.1 gone' });
const toAlice =
  (reply: string) =>
  (line: string): string | undefined =>
    line.includes('alice') ? reply : undefined;

const CASES: readonly Case[] = [
  { name: 'names, quotes, a local user', args: ['Carol (C) S <a@x.org>', 'bob', '"q u"@y.org'], sink: gone },
  {
    name: 'one sent, one put off, several refused in several lines',
    args: ['a@x.org', 'b@x.org', 'c@y.org', 'd@z.org'],
    sink: answers({ 'a@x.org': '550-5.1.1 one\n550 5.1.1 two', 'b@x.org': '450 4.2.1 busy', 'c@y.org': '554 no' }),
  },
  { name: 'MAIL refused', args: ['-R', 'hdrs', '-V', 'e+20v', 'a@x.org'], sink: { toMail: toAlice('550 5.7.1 no') } },
  { name: 'MAIL refused as bad data', args: ['a@x.org', 'b@x.org'], sink: { toMail: toAlice('501 5.1.7 bad') } },
  {
    name: 'message refused',
    args: ['a@x.org', 'b@x.org'],
    sink: { toMessage: ({ mail }) => toAlice('554-5.7.1 spam\n554 5.7.1 more')(mail) },
  },
  { name: 'NOTIFY=NEVER', args: ['-N', 'never', 'a@x.org'], sink: gone },
  { name: 'null reverse-path', args: ['-f', '<>', 'a@x.org'], user: 'root', sink: gone },
  { name: 'another sender', args: ['-f', 'Bob <bob@other.org>', 'a@x.org'], user: 'root', sink: gone },
  {
    name: '8-bit header and body',
    args: ['a@x.org'],
    stdin: 'Subject: gr\u00c3\u009f\nBcc: x@y\n\nH\u00c3\u00a9\nFrom here\nno end',
    sink: gone,
  },
  { name: 'a long reply', args: ['a@x.org'], sink: answers({ 'a@x.org': `550 5.1.1 ${'long '.repeat(80)}` }) },
  { name: 'bulk', args: ['a@x.org'], stdin: 'Precedence: bulk\nSubject: x\n\nx\n', sink: gone },
  {
    name: 'return receipt',
    args: ['-N', 'success', 'a@x.org', 'b@x.org'],
    sink: { extensions: ['PIPELINING', 'SIZE'] },
  },
  { name: 'no extensions', args: ['a@x.org', 'b@x.org'], sink: { ...gone, extensions: [] } },
  {
    name: 'a report that is refused',
    args: ['a@x.org'],
    sink: { toRecipient: (address) => (address.startsWith('postmaster') ? undefined : '550 5.1.1 no') },
  },
  { name: 'a closed port', args: ['Foo <a@x.org>', 'bob'], sink: null },
  { name: 'a warning', args: ['a@x.org', 'b@x.org'], sink: null, ageSeconds: 4 * HOUR + 60 },
  { name: 'a return by age', args: ['a@x.org'], sink: null, ageSeconds: 120 * HOUR + 60 },
];

describe.skipIf(missing !== null)(
  `reports beside the real sendmail${missing === null ? '' : ` (skipped: ${missing})`}`,
  () => {
    it.each(CASES)('$name', async (one) => {
      const { theirs, ours } = await compare(one);

      expect(ours).toEqual(theirs);
    });
  },
);

interface Left {
  readonly files: Readonly<Record<string, string>>;
  readonly messages: readonly string[];
}

async function compare({ args, stdin, user, sink, ageSeconds = 0 }: Case): Promise<{ theirs: Left; ours: Left }> {
  const closed = await findClosedPort();
  const theirSink = sink === null ? null : await startSink(sink);
  const real = setUpRealSendmail(theirSink?.port ?? closed);
  await real.run(['-i', ...args], stdin ?? 'Subject: test\n\nHello.\n', { user: user ?? 'alice' });
  const own = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-peer-'));
  onTestFinished(() => fs.rmSync(own, { recursive: true }));
  for (const name of fs.readdirSync(real.spoolDirectory)) {
    const text = fs.readFileSync(path.join(real.spoolDirectory, name), 'latin1');
    const aged = name.startsWith('qf') ? text.replace(/^T(\d+)/m, (_, at) => `T${Number(at) - ageSeconds}`) : text;
    fs.writeFileSync(path.join(real.spoolDirectory, name), aged, 'latin1');
    fs.writeFileSync(path.join(own, name), aged, { encoding: 'latin1', mode: 0o600 });
  }
  await real.run(['-q', '-v']);
  const theirs = leftOf(real.spoolDirectory, theirSink);
  const texts = [...Object.values(theirs.files), ...theirs.messages];
  const made = texts.flatMap((text) => [...text.matchAll(/boundary="(\w+)\.(\d+)\//g)]);
  const ids = [...new Set(made.map(([, id = '']) => id))].sort();
  const attempt = texts.flatMap((text) => [...text.matchAll(/^K(\d+)$/gm)]).find(([, at]) => at !== '0')?.[1];
  const at = Number(made[0]?.[2] ?? attempt ?? Math.floor(Date.now() / 1000));
  const ourSink = sink === null ? null : await startSink(sink);
  await replayRun({ spoolDirectory: own, port: ourSink?.port ?? closed, at, ids });
  return { theirs: normalized(theirs), ours: normalized(leftOf(own, ourSink)) };
}

function leftOf(directory: string, sink: Sink | null): Left {
  const names = fs.readdirSync(directory);
  return {
    files: Object.fromEntries(names.map((name) => [name, fs.readFileSync(path.join(directory, name), 'latin1')])),
    messages: (sink?.messages ?? []).map(({ mail, rcpt, text }) => [mail, ...rcpt, text].join('\n')),
  };
}

/** Seconds and inodes are another's each time. */
function normalized({ files, messages }: Left): Left {
  const plain = (text: string): string =>
    text
      .replace(/^I\d.*$/m, 'I')
      .replace(/^([TK])\d{6,}$/gm, '$1')
      .replace(/\d\d:\d\d:\d\d GMT/g, 'GMT')
      .replace(/(boundary="|^--)(\w+)\.\d+\//gm, '$1$2/');
  return {
    files: Object.fromEntries(Object.entries(files).map(([name, text]) => [name, plain(text)])),
    messages: messages.map(plain),
  };
}
