/**
 * Queued mail of this computer on its way out, through the settings file: which relay serves it, what stands in
 * envelope and header, and that both follow the settings of the day, a second attempt with the same settings byte
 * for byte. What sendmail makes of masquerading is in test/interop/masquerade.test.ts.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { assemble, type Outtray } from '../../core/assemble.js';
import { HANG_UP, type Sink, type SinkOptions, startSink } from '../support/sink-relay.js';
import { control, recipient } from './queue/fixtures.js';
import { submit } from './spool/support.js';

describe('mail of this computer', () => {
  it('has the masquerade name in envelope and header, and keeps names, comments and folds', async () => {
    const { outtray, sink } = await setUp({ masqueradeAs: 'example.org' });
    const fields = [
      ' Alice (at "home") =?UTF-8?Q?=C3=84?= <alice@laptop.example.org>',
      ' "Example, Alice" <alice>',
      ' alice (Alice Example)',
    ];
    submit(outtray.paths.spoolDirectory, {
      ...control(),
      headers: ['From', 'Reply-To', 'Sender'].map((name, index) => ({
        condition: '',
        name,
        value: fields[index] ?? '',
      })),
    });

    await flush(outtray);

    expect(sink.messages[0]?.mail).toMatch(/^MAIL FROM:<alice@example\.org>/i);
    expect(sink.messages[0]?.text.replaceAll('\r', '')).toContain(
      'From: Alice (at "home") =?UTF-8?Q?=C3=84?= <alice@example.org>\nReply-To: "Example, Alice" <alice@example.org>\n' +
        'Sender: alice@example.org (Alice Example)\n',
    );
  });

  it('says its own name in the envelope where masquerade.envelope is false', async () => {
    const { outtray, sink } = await setUp({ masqueradeAs: 'example.org', masquerade: { envelope: false } });
    submit(outtray.paths.spoolDirectory, control());

    await flush(outtray);

    expect(sink.messages[0]?.mail).toMatch(/^MAIL FROM:<alice@laptop\.example\.org>/i);
    expect(sink.messages[0]?.text).toContain('From: Alice <alice@example.org>');
  });

  it('is served by the relay of the address that is seen outside', async () => {
    const { outtray, sink } = await setUp({ senders: { alice: 'alice.smith@work.example' } }, [
      'alice.smith@work.example',
    ]);
    submit(outtray.paths.spoolDirectory, control());

    await flush(outtray);

    expect(sink.messages).toHaveLength(1);
  });

  it('follows new settings though it is queued already', async () => {
    const { outtray, sink, settle } = await setUp({ masqueradeAs: 'old.example' });
    submit(outtray.paths.spoolDirectory, control());

    settle({ masqueradeAs: 'new.example' });
    outtray.reload();
    await flush(outtray);

    expect(sink.messages[0]?.text).toContain('From: Alice <alice@new.example>');
  });

  it('goes again byte for byte the same where no answer came', async () => {
    const bytes: string[] = [];
    const { outtray } = await setUp({ masqueradeAs: 'example.org', senders: { root: 'machine@example.org' } }, [], {
      toMessage: ({ mail, rcpt, text }) => {
        bytes.push([mail, ...rcpt, text].join('\n'));
        return bytes.length === 1 ? HANG_UP : undefined;
      },
    });
    submit(outtray.paths.spoolDirectory, { ...control(), sender: 'root' });

    await flush(outtray);
    await flush(outtray);

    expect(bytes).toHaveLength(2);
    expect(bytes[1]).toBe(bytes[0]);
  });

  it('reaches local names at qualifyWith, where it is set', async () => {
    const { outtray, sink } = await setUp({ qualifyWith: 'company.example' });
    submit(outtray.paths.spoolDirectory, { ...control(), recipients: [recipient('root'), recipient('bob@x.y')] });

    await flush(outtray);

    expect(sink.messages[0]?.rcpt.map((line) => /<(.*)>/.exec(line)?.[1])).toEqual(['bob@x.y', 'root@company.example']);
    expect(sink.messages[0]?.mail).toContain('<alice@company.example>');
  });

  it('comes back as a report to where it came from', async () => {
    const { outtray, sink } = await setUp(
      { senders: { alice: 'alice.smith@work.example' }, delivery: { onFailure: 'bounce' } },
      [],
      { toRecipient: (address) => (address === 'bob@example.net' ? '550 5.1.1 nobody' : undefined) },
    );
    submit(outtray.paths.spoolDirectory, control());

    await flush(outtray);

    expect(sink.messages[0]).toMatchObject({
      mail: expect.stringMatching(/^MAIL FROM:<>/i),
      rcpt: [expect.stringContaining('<alice.smith@work.example>')],
      text: expect.stringContaining('\r\nTo: alice.smith@work.example\r\n'),
    });
  });

  it('comes back as a report to the alias of its sender', async () => {
    const { outtray, sink } = await setUp({ delivery: { onFailure: 'bounce' } }, [], {
      toRecipient: (address) => (address === 'bob@example.net' ? '550 5.1.1 nobody' : undefined),
    });
    fs.writeFileSync(path.join(path.dirname(outtray.paths.settingsFile), 'aliases'), 'alice: me@home.example\n');
    submit(outtray.paths.spoolDirectory, control());

    await flush(outtray);

    expect(sink.messages[0]?.rcpt).toEqual([expect.stringContaining('<me@home.example>')]);
  });
});

interface Laptop {
  readonly outtray: Outtray;
  readonly sink: Sink;
  /** Writes other settings. */
  settle(settings: Readonly<Record<string, unknown>>): void;
}

async function setUp(
  settings: Readonly<Record<string, unknown>>,
  from: readonly string[] = [],
  options: SinkOptions = {},
): Promise<Laptop> {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-masquerade-'));
  onTestFinished(() => fs.rmSync(home, { recursive: true }));
  const sink = await startSink(options);
  const relay = { host: '127.0.0.1', port: sink.port, security: 'none', auth: { method: 'none' }, from };
  const settle = (chosen: Readonly<Record<string, unknown>>): void => {
    const whole = {
      hostname: 'laptop.example.org',
      relays: { home: relay },
      ...(from.length === 0 ? { defaultRelay: 'home' } : {}),
      ...chosen,
    };
    fs.writeFileSync(path.join(home, 'settings.json'), JSON.stringify(whole));
  };
  settle(settings);
  return { outtray: assemble({ env: { OUTTRAY_HOME: home } }), sink, settle };
}

async function flush(outtray: Outtray): Promise<void> {
  await outtray.runQueue({ flush: () => true, counting: 'run' });
}
