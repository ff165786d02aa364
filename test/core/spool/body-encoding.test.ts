import PostalMime from 'postal-mime';
import { describe, expect, it } from 'vitest';
import { createBodyWriter, planEncoding } from '../../../core/spool/body-encoding.js';
import { seededRandom } from '../../support/random.js';
import { longestLine, sendText, unencoded } from '../../support/wire-text.js';

const WORDS = 'All work and no play makes Jack a dull boy. '.repeat(60).trim();
const TEXT = { 'MIME-Version': '1.0', 'Content-Type': 'text/plain; charset=utf-8' };
const MIXED = { 'MIME-Version': '1.0', 'Content-Type': 'multipart/mixed; boundary="b"' };

function part(fields: string, content: string): string {
  return `--b\n${fields === '' ? '' : `${fields}\n`}\n${content}\n`;
}

/** UTF-8 as bytes, one a character. */
function utf8(text: string): string {
  return Buffer.from(text).toString('latin1');
}

async function parse(raw: string) {
  return PostalMime.parse(Buffer.from(raw, 'latin1'), { attachmentEncoding: 'arraybuffer' });
}

describe('a message without a line over 998 bytes', () => {
  it.each([
    ['empty', ''],
    ['short', 'x\n'],
    ['of 998 bytes without a line end', 'x'.repeat(998)],
    ['with lines of 998 bytes', `${'x'.repeat(998)}\n${'y'.repeat(998)}\r\n${'z'.repeat(998)}`],
    ['with lines that a lone CR ends', `${'x'.repeat(998)}\r${'y'.repeat(998)}`],
  ])('leaves as it always has: %s', async (_, body) => {
    const { plan, raw } = await sendText({ Subject: 'x' }, body);

    expect(plan).toBeNull();
    expect(raw).toBe(unencoded({ Subject: 'x' }, body.replaceAll('\r\n', '\n').replaceAll('\r', '\n')));
  });
});

describe('a plain message with a line over 998 bytes', () => {
  it.each([
    ['us-ascii', `${WORDS}\n\nBye \n`],
    ['utf-8', utf8(`Grüße, ${WORDS} – ta\n`)],
    ['unknown-8bit', `Gr\xfc\xdfe ${WORDS}`],
    ['us-ascii', 'x'.repeat(999)],
    ['us-ascii', `.${'\n.'.repeat(3)}\n${'.'.repeat(3000)}\n`],
    ['utf-8', `${'x'.repeat(65_535)}${utf8('ü')}\n`],
    ['unknown-8bit', `${WORDS}\xc3`],
    ['us-ascii', `${WORDS}\0\x1b\n`],
  ])('is encoded and says that it is %s', async (charset, body) => {
    const { header, body: encoded } = await sendText({ Subject: 'x' }, body);

    expect(header).toBe(
      `Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=${charset}\r\nContent-Transfer-Encoding: quoted-printable\r\n`,
    );
    expect(longestLine(encoded)).toBeLessThanOrEqual(76);
    expect(decodeQuoted(encoded)).toBe(unencoded({}, body).slice(2));
  });

  it('keeps the type it has, and the place of the encoding', async () => {
    const fields = { 'content-transfer-encoding': '8bit', 'Content-Type': 'text/html', 'MIME-Version': '1.0' };

    const { header } = await sendText(fields, `<p>${WORDS}</p>`);

    expect(header).toBe(
      'content-transfer-encoding: quoted-printable\r\nContent-Type: text/html\r\nMIME-Version: 1.0\r\n',
    );
  });

  it('that has a type but no MIME-Version gets one: without it an encoding means nothing', async () => {
    const { header } = await sendText({ 'Content-Type': 'text/html' }, WORDS);

    expect(header).toBe(
      'Content-Type: text/html\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: quoted-printable\r\n',
    );
  });

  it.each([
    ['application/json', `{"words": "${WORDS}"}`, 'quoted-printable'],
    ['application/octet-stream', '\xff\0\x01\n'.repeat(300) + '\x80'.repeat(2000), 'base64'],
    ['text/plain; charset=koi8-r', '\xc1\xc2'.repeat(2000), 'quoted-printable'],
  ])('of type %s is encoded as fits it', async (type, body, encoding) => {
    const { header, body: encoded } = await sendText({ 'MIME-Version': '1.0', 'Content-Type': type }, body);

    expect(header).toContain(`\r\nContent-Transfer-Encoding: ${encoding}\r\n`);
    const decoded = encoding === 'base64' ? Buffer.from(encoded, 'base64').toString('latin1') : decodeQuoted(encoded);
    expect(decoded).toBe(unencoded({}, body).slice(2));
    expect(encoded).toMatch(/[^\r\n]\r\n$/);
  });
});

describe('a multipart with a line over 998 bytes', () => {
  const plain = part('Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit', utf8('Grüße'));
  const html = `<p>${utf8('ü ')}${WORDS}</p>\n<br>`;
  const picture = part('Content-Type: image/png\nContent-Transfer-Encoding: base64', 'iVBORw0KGgo=');

  it('has that part encoded and all else as it was', async () => {
    const body = `To whom\n it may\n${plain}${part('Content-Type: text/html\nX-A: b', html)}${picture}--b--\nThe end`;

    const { raw, body: encoded } = await sendText(MIXED, body);

    const before = unencoded(MIXED, body);
    const [head = '', tail = ''] = before.split(`X-A: b\r\n\r\n${html.replace('\n', '\r\n')}`);
    expect(raw.startsWith(`${head}X-A: b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>=C3=BC`)).toBe(true);
    expect(raw.endsWith(`<br>${tail}`)).toBe(true);
    expect(longestLine(encoded)).toBeLessThanOrEqual(76);
    expect((await parse(raw)).html).toContain(`<p>ü ${WORDS}</p>\n<br>`);
  });

  it('that is nested has the part inside encoded', async () => {
    const inner = `--c\n\n${WORDS}\n--c\nContent-Type: text/html\n\n<b>${WORDS}</b>\n--c--\n`;
    const body = `${part('Content-Type: multipart/alternative;\n boundary=c', inner)}${picture}--b--\n`;

    const { raw, plan } = await sendText(MIXED, body);

    expect([...(plan?.leaves.keys() ?? [])]).toEqual([0, 1]);
    const { text, html: shown, attachments } = await parse(raw);
    expect([text?.trim(), shown?.trim()]).toEqual([WORDS, `<b>${WORDS}</b>`]);
    expect(attachments).toHaveLength(1);
  });

  it('has a binary part in base64, its end before the boundary', async () => {
    const bytes = '\x00\xff\n'.repeat(10) + '\x80'.repeat(1500);
    const body = `${part('Content-Type: application/octet-stream', bytes)}${plain}--b--\n`;

    const { raw } = await sendText(MIXED, body);

    const [attachment] = (await parse(raw)).attachments;
    const content = Buffer.from(attachment?.content as ArrayBuffer).toString('latin1');
    expect(content).toBe(bytes.replaceAll('\n', '\r\n'));
    expect(raw).toContain('=\r\n--b\r\n');
  });

  it('is encoded to the end of the body where it has no end', async () => {
    const { raw, body } = await sendText(MIXED, `${plain}${part('', WORDS)}`.trimEnd());

    expect(body).toMatch(/boy\.\r\n$/);
    expect(longestLine(body)).toBeLessThanOrEqual(76);
    expect((await parse(raw)).text).toContain(WORDS);
  });

  it.each([
    ['the preamble', `${WORDS}\n${plain}--b--\n`],
    ['the epilogue', `${plain}--b--\n${WORDS}\n`],
    ['a part with an encoding', `${part('Content-Transfer-Encoding: base64', 'A'.repeat(2000))}--b--\n`],
    ['a part that is binary', `${part('Content-Transfer-Encoding: binary', WORDS)}--b--\n`],
    ['a message inside', `${part('Content-Type: message/rfc822', `Subject: x\n\n${WORDS}`)}--b--\n`],
    [
      'a signed part',
      `${part('Content-Type: multipart/signed; boundary=c', `--c\n\n${WORDS}\n--c\n\nsig\n--c--`)}--b--\n`,
    ],
    ['a header section', `${part(`X-Words: ${WORDS}`, 'x')}--b--\n`],
    ['a part of another boundary', `--x\n\n${WORDS}\n--x--\n`],
  ])('leaves as it is where the line is in %s', async (_, body) => {
    expect((await sendText(MIXED, body)).raw).toBe(unencoded(MIXED, body));
  });
});

describe('a message that may not be changed', () => {
  const signed = `--b\nContent-Type: text/plain\n\n${WORDS}\n--b\nContent-Type: application/pgp-signature\n\nx\n--b--\n`;

  it.each([
    ['multipart/signed', { 'Content-Type': 'multipart/signed; boundary=b; micalg=pgp-sha256' }, signed],
    ['multipart/encrypted', { 'Content-Type': 'multipart/encrypted; boundary=b' }, signed],
    ['S/MIME', { 'Content-Type': 'application/pkcs7-mime; smime-type=signed-data' }, WORDS],
    ['signed with DKIM', { ...TEXT, 'DKIM-Signature': 'v=1; a=rsa-sha256; bh=x; b=y' }, WORDS],
    ['message/rfc822', { 'Content-Type': 'message/rfc822' }, `Subject: x\n\n${WORDS}`],
    ['base64 already', { ...TEXT, 'Content-Transfer-Encoding': 'base64' }, 'A'.repeat(2000)],
    ['of an encoding nobody knows', { ...TEXT, 'Content-Transfer-Encoding': 'x-yenc' }, WORDS],
    ['a multipart in an encoding', { ...MIXED, 'Content-Transfer-Encoding': 'quoted-printable' }, signed],
    ['a multipart without a boundary', { 'Content-Type': 'multipart/mixed' }, signed],
  ])('leaves as it is, byte for byte: %s', async (_, fields, body) => {
    const { raw, plan } = await sendText(fields, body);

    expect(plan).toBeNull();
    expect(raw).toBe(unencoded(fields, body));
  });
});

describe('any message', () => {
  it('is the same each time, wherever its file is cut, and as large as announced; what it decodes to stays', async () => {
    const random = seededRandom(6);
    const below = (limit: number): number => Math.floor(random() * limit);
    for (let round = 0; round < 150; round += 1) {
      const parts = Array.from({ length: 1 + below(4) }, (_, index) => {
        const line = (): string =>
          `${'-=.x \t\xfc'.charAt(below(7)).repeat(below(3) === 0 ? 990 + below(30) : below(9))}`;
        const content =
          Array.from({ length: below(5) }, () => line() + ['\n', '\r\n', '\r'][below(3)]).join('') + line();
        return part(`Content-Type: application/x-${index}; name=n${index}`, content);
      });
      const body = `${parts.join('')}${below(4) === 0 ? '' : '--b--\n'}`;

      const whole = await sendText(MIXED, body);
      const again = await sendText(MIXED, body, () => 1 + below(3000));

      expect(again.raw).toBe(whole.raw);
      if (whole.plan !== null) expect(whole.raw.length).toBe(whole.plan.sizeBytes);
      const before = unencoded(MIXED, body.replaceAll('\r\n', '\n').replaceAll('\r', '\n'));
      expect(partsOf(whole.raw)).toEqual(partsOf(before));
    }
  });

  it('of 100 MB is encoded in the memory of a small one', () => {
    const piece = Buffer.from(utf8(`${WORDS} ü\n`).repeat(25).slice(0, 65_536), 'latin1');
    const pieces = Math.ceil(100e6 / piece.length);
    const read = (take: (chunk: Uint8Array) => boolean): void => {
      for (let index = 0; index < pieces && take(piece); index += 1);
    };
    const before = process.memoryUsage().rss;

    const plan = planEncoding(() => 'Subject: x\r\n', pieces * piece.length, read);
    const writer = createBodyWriter(plan ?? { body: { kind: 'opaque' }, leaves: new Map() });
    let bytes = plan?.header.length ?? 0;
    read((chunk) => {
      bytes += writer.convert(chunk).length;
      return true;
    });
    bytes += writer.finish().length + 2;

    expect(bytes).toBe(plan?.sizeBytes);
    expect(bytes).toBeGreaterThan(100e6);
    expect(process.memoryUsage().rss - before).toBeLessThan(64e6);
  });
});

/** Header section without its encoding, and decoded content, of each part; what is before and after them. */
function partsOf(raw: string): string[] {
  return raw.split(/\r\n--b(?:--)?(?=\r\n)/).map((text) => {
    const [header = '', content = ''] = text.split(/(?<=\r\n)\r\n([\s\S]*)/);
    const encoding = /^Content-Transfer-Encoding: (\S+)\r\n/m.exec(header)?.[1];
    const decoded = encoding === 'base64' ? Buffer.from(content, 'base64').toString('latin1') : decodeQuoted(content);
    return header.replace(/^Content-Transfer-Encoding: .*\r\n/m, '') + (encoding === undefined ? content : decoded);
  });
}

function decodeQuoted(text: string): string {
  return text
    .replaceAll('=\r\n', '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
