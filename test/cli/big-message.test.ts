/** A message of 50 MB goes through the built program in constant memory, whichever way it comes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { BIN, createHome, type OuttrayHome } from '../support/outtray-home.js';

const TIME = '/usr/bin/time';
const MOST_KILOBYTES = 80_000;
const HEADER = 'From: me@example.org\nTo: bob@example.org\nSubject: big\n\n';
const ENVELOPE = 'EHLO x\nMAIL FROM:<me@example.org>\nRCPT TO:<bob@example.org>\nDATA\n';
const lines = (line: string): string => line.repeat(Math.floor(48_000_000 / line.length));
const TEXT = lines(`${'A line of text, as long as most. '.repeat(2)}\n`);

const missing = fs.existsSync(TIME) ? null : `no ${TIME} (Debian package time)`;
if (missing !== null) console.log(`big messages: skipped, ${missing}`);

describe.skipIf(missing !== null)('a message of 50 MB', () => {
  it.each([
    ['with operands', ['-i', 'bob@example.org'], HEADER + TEXT],
    ['under -t', ['-t', '-i'], HEADER + TEXT],
    ['with CR LF and dots that count', ['-t'], crlf(HEADER + TEXT)],
    ['in one line', ['-t', '-i'], HEADER + 'x'.repeat(48_000_000)],
    ['in bytes beyond ASCII', ['-t', '-i'], HEADER + lines('Grüße an alle, die dies lesen.\n')],
    ['in seven bits by order', ['-t', '-i', '-B7BIT'], HEADER + TEXT],
    ['in a session', ['-bs'], crlf(`${ENVELOPE}${HEADER}${TEXT}.\nQUIT\n`)],
    ['in a session, of lines with dots', ['-bs'], crlf(`${ENVELOPE}${HEADER}${lines('..\n.\r.\n')}\n.\nQUIT\n`)],
  ])('is queued %s', async (_, args, input) => {
    const home = createHome();

    const { status, kilobytes } = await peakOf(home, args, Buffer.from(input, 'latin1'));

    expect(status).toBe(0);
    expect(home.files().map((file) => file.slice(0, 2))).toEqual(['df', 'qf']);
    expect(fs.statSync(path.join(home.spool, home.files()[0] ?? '')).size).toBeGreaterThan(24_000_000);
    expect(kilobytes).toBeLessThan(MOST_KILOBYTES);
  });

  it('is refused in constant memory, too, and nothing of it stays', async () => {
    const home = createHome({ queue: { maxMessageBytes: '40MB' } });

    const { status, kilobytes } = await peakOf(home, ['-t', '-i'], Buffer.from(HEADER + TEXT));

    expect(status).toBe(69);
    expect(home.files()).toEqual([]);
    expect(kilobytes).toBeLessThan(MOST_KILOBYTES);
  });
});

function crlf(text: string): string {
  return text.replaceAll('\n', '\r\n');
}

async function peakOf(
  home: OuttrayHome,
  args: readonly string[],
  input: Buffer,
): Promise<{ readonly status: number | null; readonly kilobytes: number }> {
  const report = path.join(home.directory, 'time');
  const words = ['-f', '%M', '-o', report, path.join(BIN, 'sendmail'), ...args];
  const child = spawn(TIME, words, { env: home.env, stdio: ['pipe', 'ignore', 'ignore'] });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [status] = await once(child, 'exit');
  const kilobytes = Number(fs.readFileSync(report, 'utf8').trim().split('\n').at(-1));
  return { status: typeof status === 'number' ? status : null, kilobytes };
}
