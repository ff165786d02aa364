/**
 * The same message run once by the real sendmail and once by ours, each against a relay of its own that
 * answers alike: what stays in the queue and what the relay got, but for seconds of the clock.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { setUpRealSendmail } from '../support/real-sendmail.js';
import { findClosedPort, replayRun } from '../support/recorded-run.js';
import { type Sink, type SinkOptions, startSink } from '../support/sink-relay.js';

export interface RunCase {
  readonly args: readonly string[];
  readonly stdin?: string;
  readonly user?: 'root' | 'alice';
  /** null: nobody listens. */
  readonly sink: SinkOptions | null;
  readonly ageSeconds?: number;
}

export interface Left {
  readonly files: Readonly<Record<string, string>>;
  readonly messages: readonly string[];
}

export async function compareRuns(one: RunCase): Promise<{ theirs: Left; ours: Left }> {
  const { args, stdin, user, sink, ageSeconds = 0 } = one;
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
