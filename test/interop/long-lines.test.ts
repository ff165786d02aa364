/**
 * Long lines all the way: queue files, a run of ours, nodemailer, a real SMTP server, and Python's
 * email package as the reader of what has arrived.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { job, now, put } from '../support/both-runs.js';
import { replayRun } from '../support/recorded-run.js';
import { type ReceivedMail, type RelayOptions, startRelay } from '../support/relay.js';
import { longestLine } from '../support/wire-text.js';

const WORDS = 'All work and no play makes Jack a dull boy. '.repeat(60).trim();

const PYTHON = `
import email, email.policy, json, sys
message = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.SMTP)
leaf = lambda part: [part.get_content_type(), part.get_content_charset(), part.get_payload(decode=True).decode('latin1')]
json.dump([leaf(part) for part in message.walk() if not part.is_multipart()], sys.stdout)
`;
const hasPython = spawnSync('python3', ['-c', 'import email']).status === 0;

/** One message through a run of ours. */
async function send(
  headers: readonly string[],
  body: string,
  options: RelayOptions = {},
): Promise<ReceivedMail | undefined> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-lines-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true }));
  put(directory, job(1, { headers, body }), 0o600);
  const relay = await startRelay(options);
  await replayRun({ spoolDirectory: directory, port: relay.port, at: now, ids: [] });
  return relay.received[0];
}

function readByPython(raw: Buffer): readonly (readonly [type: string, charset: string | null, content: string])[] {
  const { stdout, stderr } = spawnSync('python3', ['-c', PYTHON], { input: raw });
  if (stdout.length === 0) throw new Error(stderr.toString());
  return JSON.parse(stdout.toString());
}

describe('a message with long lines', () => {
  const headers = ['H??MIME-Version: 1.0', 'H??Content-Type: multipart/mixed;\n\tboundary="=_b"'];
  const html = `<p>${WORDS}</p>\n\n-- \n--=_\n.\n<p>Gr\xc3\xbc\xc3\x9fe</p> \n`;
  const binary = `${'\x00\xff\x80'.repeat(1000)}\nx`;
  const parts = [
    '--=_b\nContent-Type: multipart/alternative; boundary="=_b2" (inner)\n\n',
    `--=_b2\n\nshort\n--=_b2\nContent-Type: text/html; charset=utf-8\n\n${html}\n--=_b2--\n`,
    `--=_b\nContent-Type: application/octet-stream\n\n${binary}\n--=_b--\n`,
  ];

  it.skipIf(!hasPython)('arrives within the limits of SMTP, and Python reads what was written', async () => {
    const received = await send(headers, parts.join(''));

    const raw = received?.raw ?? Buffer.alloc(0);
    expect(longestLine(raw.toString('latin1'))).toBeLessThanOrEqual(78);
    expect(readByPython(raw)).toEqual([
      ['text/plain', null, 'short'],
      ['text/html', 'utf-8', html.replaceAll('\n', '\r\n')],
      ['application/octet-stream', null, binary.replaceAll('\n', '\r\n')],
    ]);
  });

  it.skipIf(!hasPython).each([
    ['us-ascii', WORDS],
    ['utf-8', `Gr\xc3\xbc\xc3\x9fe, ${WORDS}`],
    ['unknown-8bit', `Gr\xfc\xdfe, ${WORDS}`],
  ])('that is no MIME yet is read by Python as %s', async (charset, body) => {
    const received = await send(['H??Subject: x'], body);

    expect(readByPython(received?.raw ?? Buffer.alloc(0))).toEqual([['text/plain', charset, `${body}\r\n`]]);
  });

  it('is announced with its size, to the byte', async () => {
    const received = await send(headers, parts.join(''), { size: 1e6 });

    const size = (received?.envelope.mailFrom as { args?: { SIZE?: string } } | undefined)?.args?.SIZE;
    expect(Number(size)).toBe(received?.raw.length);
  });

  it('is the same when it is tried again', async () => {
    const first = await send(headers, parts.join(''));
    const second = await send(headers, parts.join(''));

    expect(second?.raw.equals(first?.raw ?? Buffer.alloc(0))).toBe(true);
  });
});

describe('a body as SMTP carries it', () => {
  const EDGE = 64 * 1024;

  it.each([EDGE - 2, EDGE - 1, EDGE, EDGE + 1])(
    'keeps a dot that begins a line %i bytes on, where pieces are cut',
    async (at) => {
      const filling = `${'x'.repeat(63)}\n`.repeat(EDGE / 64 + 1).slice(0, at - 1);
      const body = `${filling}\n.\n..\n.end\n`;

      const received = await send([], body);

      expect(received?.raw.toString('latin1').endsWith(`\r\n\r\n${body.replaceAll('\n', '\r\n')}`)).toBe(true);
    },
  );

  it('never has a CR or LF alone; NUL bytes arrive as they are', async () => {
    const body = `a\rb\n\n\r\r\nc\0d\n${'e\r'.repeat(EDGE)}\r`;

    const received = await send([], body);

    const raw = received?.raw.toString('latin1') ?? '';
    expect(raw.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(raw.endsWith(`\r\n\r\na\r\nb\r\n\r\n\r\n\r\nc\0d\r\n${'e\r\n'.repeat(EDGE)}\r\n`)).toBe(true);
  });
});
