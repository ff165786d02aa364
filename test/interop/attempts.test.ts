/** -odi, -odb, -v: what a submission that tries at once says, leaves and sends, ours beside the real sendmail's. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ALICE, createLaptop, type Laptop, makeDirectory } from '../support/laptop.js';
import { BIN, untilFiles } from '../support/outtray-home.js';
import { createRealSendmail, whyNoRealSendmail } from '../support/real-sendmail.js';
import { type Sink, type SinkOptions, startSink } from '../support/sink-relay.js';

const missing = whyNoRealSendmail();
const MESSAGE = 'To: t@x\nSubject: x\n\nx\n';
const SINK: SinkOptions = {
  toRecipient: (address) => (address.startsWith('busy') ? '450 4.2.1 Mailbox busy' : undefined),
  toMail: (line) => (line.includes('late') ? '451 4.3.0 Later' : undefined),
};

describe.skipIf(missing !== null)(
  `a submission that tries at once${missing === null ? '' : ` (skipped: ${missing})`}`,
  () => {
    it.each([
      [['-v', 'ok@x']],
      [['-v', 'ok@x', 'busy@y']],
      [['-v', '-i', 'b@y', 'carol', 'a@x,d@z']],
      [['-odi', 'ok@x']],
      [['-odi', 'busy@y', 'carol', 'busy@x']],
      [['-odb', 'busy@y', 'carol', 'busy@x']],
      [['-odq', 'busy@y', 'carol', 'busy@x']],
      [['-v', '-odb', 'ok@x']],
      [['-v', '-odq', 'ok@x']],
      [['-odd', '-v', 'busy@x']],
      [['-v', '-f', 'late@x', 'ok@x']],
      [['-v', '-N', 'success', '-R', 'hdrs', '-V', 'e', 'ok@x']],
      [['-v', '-t']],
    ])('does as sendmail with %j', async (args) => {
      const sinks = [await startSink(SINK), await startSink(SINK)] as const;
      const real = createRealSendmail(sinks[0].port);
      const built = setUpBuilt(sinks[1].port);
      try {
        const theirs = await real.run(args, MESSAGE, { user: 'alice' });
        const ours = await built.laptop.run([built.command, '-Ac', ...args], MESSAGE, {
          user: 'alice',
          env: { OUTTRAY_HOME: built.home },
        });
        for (const spool of args[0] === '-odb' ? [real.spoolDirectory, built.spool] : [])
          await untilFiles(spool, () => isTried(spool));

        expect(result(ours, built.spool, sinks[1])).toEqual(result(theirs, real.spoolDirectory, sinks[0]));
      } finally {
        real.remove();
        built.laptop.remove();
      }
    });

    it.each([[['-v', '@', 'ok@x']], [['-v', '-oy90000', 'ok@x']]])(
      'announces no larger a message than there is with %j',
      async (args) => {
        const sink = await startSink(SINK);
        const { laptop, command, home } = setUpBuilt(sink.port);
        try {
          await laptop.run([command, ...args], MESSAGE, { user: 'alice', env: { OUTTRAY_HOME: home } });

          expect(Number(/SIZE=(\d+)/.exec(sink.messages[0]?.mail ?? '')?.[1])).toBeLessThan(1000);
        } finally {
          laptop.remove();
        }
      },
    );
  },
);

function setUpBuilt(port: number): { laptop: Laptop; command: string; home: string; spool: string } {
  const laptop = createLaptop();
  const home = makeDirectory(path.join(laptop.directory, 'outtray'), 0o700, ALICE, ALICE);
  const settings = {
    hostname: 'laptop.example.org',
    relays: { relay: { host: '127.0.0.1', port, security: 'none' } },
    defaultRelay: 'relay',
  };
  fs.writeFileSync(path.join(home, 'settings.json'), JSON.stringify(settings), { mode: 0o644 });
  const command = path.join(laptop.directory, 'sendmail');
  fs.symlinkSync(path.join(BIN, 'outtray'), command);
  return { laptop, command, home, spool: path.join(home, 'clientmqueue') };
}

function isTried(spool: string): boolean {
  return controlFiles(spool).some((text) => /^N1$/m.test(text));
}

function controlFiles(spool: string): string[] {
  const names = fs.readdirSync(spool).filter((name) => /^[qhQ]f/.test(name));
  return names.map((name) => fs.readFileSync(path.join(spool, name), 'latin1'));
}

/** What varies from run to run put into words. */
function result({ status, stdout }: { status: number | null; stdout: string }, spool: string, sink: Sink) {
  const plain = (text: string): string =>
    text
      .replaceAll(String(sink.port), 'PORT')
      .replace(/\b\w{8}\d{6}\b/gm, 'id')
      .replace(/^([TK])\d{9,}$/gm, '$1')
      .replace(/<\d{12}\.id/g, '<id')
      .replace(/^(\tby \S+) \(.*?\)/gm, '$1 (version)')
      .replace(/\d\d:\d\d:\d\d/g, 'time');
  const messages = sink.messages.map(({ mail, rcpt, text }) => plain([mail, ...rcpt, text].join('\n')));
  return { status, stdout: plain(stdout), files: controlFiles(spool).map(plain), messages };
}
