import { describe, expect, it } from 'vitest';
import { readContent, withEncoding } from '../../../core/mail/content-fields.js';

function typed(value: string): ReturnType<typeof readContent> {
  return readContent(`Content-Type: ${value}\r\n\r\n`);
}

describe('readContent', () => {
  it.each([
    ['multipart/mixed; boundary=abc', 'abc'],
    ['multipart/mixed; boundary=abc;', 'abc'],
    ['Multipart/Mixed;\r\n\tcharset=x;\r\n  BOUNDARY = "a b\\"c"', 'a b"c'],
    ['multipart/mixed; boundary=----=_Part_1', '----=_Part_1'],
    ['multipart/mixed (a comment; boundary=no (nested)); boundary=yes (or so)', 'yes'],
    ['multipart/mixed; name="x; boundary=no"; boundary=yes', 'yes'],
    ['multipart/mixed; name="(no comment"; boundary="(nor) this"', '(nor) this'],
    ['multipart/mixed;\r\n boundary="folded\r\n here"', 'folded here'],
    ['multipart/related; type="text/html"; boundary="=-x"', '=-x'],
  ])('finds the boundary in %j', (value, boundary) => {
    expect(typed(value)).toEqual({ kind: 'multipart', boundary, digest: false });
  });

  it.each([
    'multipart/mixed',
    'multipart/mixed; boundary=""',
    'multipart/mixed; boundary="blank "',
    'multipart/mixed; boundary=a; boundary=b',
    'multipart/mixed; boundary*0=a; boundary*1=b',
    'multipart/mixed; boundary=a b',
    'multipart/mixed; boundary="never ends',
    'multipart/mixed; boundary=a (comment without an end; x=y',
    'multipart/signed; boundary=a; micalg=pgp-sha256; protocol="application/pgp-signature"',
    'multipart/encrypted; boundary=a',
    'application/pkcs7-mime; smime-type=signed-data',
    'application/x-pkcs7-mime',
    'message/rfc822',
    'message/partial; id=a; number=1',
    'text',
    '',
  ])('leaves %j alone, where it is none that may be changed or readers may differ', (value) => {
    expect(typed(value).kind).toBe('opaque');
  });

  it.each(['7bit', '8BIT', ' 8bit (as it came)', ''])('takes what is said to be %j for not encoded', (encoding) => {
    expect(readContent(`Content-Transfer-Encoding: ${encoding}\r\n\r\n`)).toEqual({ kind: 'leaf', type: null });
  });

  it.each(['base64', 'Quoted-Printable', 'binary', 'x-uuencode', '7bit 8bit', '7bit (open'])(
    'leaves what is said to be %j alone',
    (encoding) => {
      expect(readContent(`Content-Transfer-Encoding: ${encoding}\r\n\r\n`).kind).toBe('opaque');
    },
  );

  it.each([
    ['DKIM-Signature: v=1\r\n'],
    ['dkim-signature : v=1\r\nContent-Type: text/plain\r\n'],
    ['Content-Type: text/plain\r\nContent-Type: text/html\r\n'],
    ['Content-Transfer-Encoding: 7bit\r\ncontent-transfer-encoding: 8bit\r\n'],
    ['Content-Type: text/plain\r\nthis is no field\r\n'],
    [' a fold of nothing\r\n'],
  ])('leaves content under %j alone', (header) => {
    expect(readContent(header).kind).toBe('opaque');
  });

  it('takes a part of a digest without a type for a message', () => {
    expect(readContent('Subject: x\r\n\r\n', true).kind).toBe('opaque');
    expect(readContent('Content-Type: text/plain\r\n\r\n', true).kind).toBe('leaf');
  });
});

describe('withEncoding', () => {
  it.each([
    ['\r\n', 'Content-Transfer-Encoding: base64\r\n\r\n'],
    ['A: b\r\n', 'A: b\r\nContent-Transfer-Encoding: base64\r\n'],
    ['A: b\r\n\r\n', 'A: b\r\nContent-Transfer-Encoding: base64\r\n\r\n'],
    ['content-transfer-ENCODING :\r\n 8bit\r\nA: b\r\n\r\n', 'content-transfer-ENCODING: base64\r\nA: b\r\n\r\n'],
    [
      'X-Content-Transfer-Encoding: 7bit\r\n\r\n',
      'X-Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n\r\n',
    ],
  ])('makes of %j %j', (header, changed) => {
    expect(withEncoding(header, 'base64')).toBe(changed);
  });
});
