/** Only CR LF . CR LF ends a message, and nothing but CR LF is a line end: however the bytes are cut. */
import { describe, expect, it } from 'vitest';
import { talkSmtp } from '../../support/smtp-talk.js';
import { spooled } from '../submission/support.js';
import { startTestListener } from './support.js';

const INNER = 'MAIL FROM:<evil@x>\r\nRCPT TO:<victim@y>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n';
const HEADER = 'Subject: outer\r\n\r\n';

async function deliver(message: string, pieceBytes: number) {
  const house = await startTestListener();
  const talk = await house.talk();
  await talk.lines('EHLO x', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d>', 'DATA');
  const bytes = Buffer.from(message, 'latin1');
  talk.socket.setNoDelay();
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    talk.socket.write(bytes.subarray(at, at + pieceBytes));
    // A packet of its own for each.
    await new Promise((resolve) => setImmediate(resolve));
  }
  talk.socket.write('QUIT\r\n');
  return { said: await talk.rest(), files: spooled(house.spool).length };
}

describe('the end of a message', () => {
  it.each([
    ['LF . LF', '\n.\n'],
    ['LF . CR LF', '\n.\r\n'],
    ['CR LF . LF', '\r\n.\n'],
    ['CR . CR', '\r.\r'],
    ['CR . CR LF', '\r.\r\n'],
    ['CR LF . CR', '\r\n.\r'],
    ['CR . LF', '\r.\n'],
    ['LF . CR', '\n.\r'],
    ['CR LF NUL . CR LF, then a bare LF', '\r\n\0.\r\n\n'],
    ['CR LF . CR CR LF', '\r\n.\r\r\n'],
  ])('is not %s: one reply, a refusal, and nothing of it in the queue', async (_, end) => {
    for (const pieceBytes of [1, 4096]) {
      const { said, files } = await deliver(`${HEADER}text${end}${INNER}`, pieceBytes);

      expect(said).toMatch(/^552 5\.6\.0 The message has (?:CR|LF) without (?:CR|LF) (?:before|behind) it; .*\r\n221 /);
      expect(files).toBe(0);
    }
  });

  it.each([
    ['CR LF . CR LF', '\r\n.\r\n', 1],
    ['CR LF . CR LF at once', '.\r\n', 1],
  ])('is %s', async (_, end) => {
    for (const pieceBytes of [1, 4096]) {
      const { said } = await deliver(`${end === '.\r\n' ? '' : `${HEADER}text`}${end}`, pieceBytes);

      expect(said).toMatch(/^250 2\.0\.0 \S+ Message accepted for delivery\r\n221 /);
    }
  });

  it.each([
    ['a dot that is stuffed', '\r\n..\r\n'],
    ['a stuffed dot in front', '..\r\n'],
    ['NUL . CR LF', '\r\n\0.\r\n'],
    ['dot blank', '\r\n. \r\n'],
  ])('is not %s, which is text', async (_, text) => {
    for (const pieceBytes of [1, 4096]) {
      const { said, files } = await deliver(`${HEADER}text${text}MAIL FROM:<x@y>\r\n.\r\n`, pieceBytes);

      expect(said).toMatch(/^250 2\.0\.0 \S+ Message accepted for delivery\r\n221 /);
      expect(files).toBe(2);
    }
  });
});

describe('a command', () => {
  it.each([
    ['alone', 'NOOP\n'],
    ['in the middle', 'NOOP\r\nRSET\nNOOP\r\n'],
    ['inside an address', 'MAIL FROM:<a@b>\nRCPT TO:<c@d>\r\n'],
  ])('that ends in a bare LF, %s, ends the session', async (_, text) => {
    const talk = await (await startTestListener()).talk();
    await talk.lines('EHLO x');

    talk.socket.write(text);

    expect(await talk.rest()).toMatch(/421 \S+ Error: a command ends in LF without CR before it\r\n$/);
  });

  it('of a bare LF behind the end of a message ends the session, however the packets are cut', async () => {
    const talk = await (await startTestListener()).talk();
    await talk.lines('EHLO x', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d>');

    expect(await talk.say('DATA\r\n\r\n.\r')).toMatch(/^354 /);
    talk.socket.write('\n\nNOOP\r\n');

    expect(await talk.rest()).toMatch(/^250 .*\r\n421 .*LF without CR.*\r\n$/);
  });

  it.each([
    ['before its end', 'x'.repeat(9000)],
    ['whole', `NOOP ${'x'.repeat(9000)}\r\n`],
  ])('of 9,000 characters ends the session, %s', async (_, text) => {
    const talk = await (await startTestListener()).talk();

    talk.socket.write(text);

    expect(await talk.rest()).toMatch(/^421 /);
  });

  it('before the greeting ends the session', async () => {
    let written = (): void => {};
    const early = new Promise<void>((resolve) => {
      written = resolve;
    });
    const house = await startTestListener({
      findOwner: async () => {
        await early;
        return { kind: 'uid', uid: process.getuid?.() ?? 0 };
      },
    });
    const talk = await talkSmtp(house.port);

    talk.socket.write('EHLO x\r\nMAIL FROM:<a@b>\r\n', written);

    expect(await talk.rest()).toMatch(/^421 .*too soon/);
  });
});
