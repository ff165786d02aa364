/** Random messages through the listener, cut into random packets, all in one go: each comes out whole or is refused. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { startTestListener } from '../core/listener/support.js';
import { seededRandom } from '../support/random.js';

const PIECES = [
  'a',
  'text',
  '.',
  '..',
  '\r\n',
  '\r\n',
  '\r\n.',
  '\0',
  '\xe4',
  ' ',
  'MAIL FROM:<x@y>',
  'x'.repeat(5000),
];
const BARE = ['\r', '\n', '\n.\n', '\n.\r\n', '\r.\r', '\r\n.\n', '\r\n.\r'];
const MESSAGES = 150;

describe('a session of many messages', () => {
  it.each(Array.from({ length: 20 }, (_, index) => index))('keeps each whole (seed %i)', async (seed) => {
    const random = seededRandom(seed);
    const pick = (list: readonly string[]): string => list[Math.floor(random() * list.length)] ?? '';
    const texts = Array.from({ length: MESSAGES }, () => {
      const parts = Array.from({ length: Math.floor(random() * 30) }, () => pick(PIECES));
      const bare = random() < 0.2;
      // Between letters, so that no CR LF comes of it.
      if (bare) parts.push(`a${pick(BARE)}a`);
      return { text: `${parts.join('')}\r\n`, bare };
    });
    const stuffed = (text: string): string => text.replace(/^\./, '..').replaceAll('\r\n.', '\r\n..');
    const input = texts.map(
      ({ text }) => `MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nSubject: x\r\n\r\n${stuffed(text)}.\r\n`,
    );
    const house = await startTestListener({
      environment: { clock: { now: () => Date.now() } },
    });
    const talk = await house.talk();
    await talk.lines('EHLO x');

    const bytes = Buffer.from(`${input.join('')}QUIT\r\n`, 'latin1');
    for (let at = 0; at < bytes.length; ) {
      const end = at + 1 + Math.floor(random() ** 4 * 9000);
      talk.socket.write(bytes.subarray(at, end));
      if (random() < 0.3) await new Promise((resolve) => setImmediate(resolve));
      at = end;
    }
    const replies = (await talk.rest()).split('\r\n').filter((line) => /Message accepted|The message has/.test(line));

    const found = replies.map((reply) => {
      const id = /^250 2\.0\.0 (\S+) /.exec(reply)?.[1];
      return id === undefined ? null : fs.readFileSync(path.join(house.spool, 'spool', `df${id}`), 'latin1');
    });
    expect(found).toEqual(texts.map(({ text, bare }) => (bare ? null : text.replaceAll('\r\n', '\n'))));
  });
});
