import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ControlFile, type HeaderRecord, parseControlFile } from '../../../core/spool/control-file.js';
import { openSpool } from '../../../core/spool/directory-spool.js';
import { escapeHeaderBytes, unescapeHeaderBytes } from '../../../core/spool/header-bytes.js';
import type { ClaimedJob } from '../../../core/spool/spool.js';
import { wireHeader } from '../../../core/spool/wire-header.js';
import { createWireMessages, openWireMessage, wireSize } from '../../../core/spool/wire-message.js';
import { recorded, sampleControl, submit, temporaryDirectory } from './support.js';

const hostname = 'laptop.example.org';

function headerText(...fields: [name: string, value: string, condition?: string][]): string {
  const headers: HeaderRecord[] = fields.map(([name, value, condition = '']) => ({ name, value, condition }));
  return wireHeader(sampleControl({ headers }), { hostname }).toString('latin1');
}

async function wireText(control: ControlFile, ...chunks: string[]): Promise<string> {
  const data = () => Readable.from(chunks.map((chunk) => Buffer.from(chunk, 'latin1')));
  return (await buffer(openWireMessage(control, data, { hostname }))).toString('latin1');
}

async function wireBody(...chunks: string[]): Promise<string> {
  return wireText(sampleControl({ headers: [] }), ...chunks).then((text) => text.slice('\r\n'.length));
}

describe('a message recorded at the relay', () => {
  it.each(['060-after-4xx-partial', '061-delivered-by-run', '070-qf-foreground-run'])(
    'of %s leaves with the bytes that sendmail sent',
    async (name) => {
      const control = parseControlFile(recorded(`${name}/qf`));

      const sent = await wireText(control, recorded(`${name}/df`).toString('latin1'));

      expect(sent).toBe(recorded(`${name}/step1.sink.0001.eml`).toString('latin1'));
    },
  );

  it('that is a report leaves with the header that sendmail sent', () => {
    const control = parseControlFile(recorded('063-warning-after-4h/qf.2.step2'));

    const header = wireHeader(control, { hostname }).toString('latin1');

    expect(header).toContain('From: Mail Delivery Subsystem <MAILER-DAEMON@laptop.example.org>\r\n');
    expect(header).toContain('\r\nTo: alice@laptop.example.org\r\n');
    expect(header).toContain(';\r\n\tboundary="6AKNApoj001959.1795216251/laptop.example.org"\r\n');
  });
});

describe('wireHeader', () => {
  it('leaves Return-Path, Full-Name and Content-Length out, whoever wrote them', () => {
    expect(headerText(['Return-Path', ' <x>'], ['full-name', ' A'], ['Content-Length', ' 3'], ['X-A', ' b'])).toBe(
      'X-A: b\r\n',
    );
  });

  it('leaves out what a program wrote for Outtray alone', () => {
    const text = headerText(['X-Outtray-Require-TLS', ' yes'], ['x-outtray-other\0', ' a\n b'], ['X-Outtrayed', ' y']);

    expect(text).toBe('X-Outtrayed: y\r\n');
  });

  it('sends a conditional field when the relay mailer has the flag or the macro has a value', () => {
    const text = headerText(
      ['Date', ' d', 'D'],
      ['X-P', ' no', 'P'],
      ['X-R', ' no', `\${r}`],
      ['X-Flags', ' yes', `\${daemon_flags}`],
    );

    expect(text).toBe('Date: d\r\nX-Flags: yes\r\n');
  });

  it('drops Bcc when there is another recipient field', () => {
    const control = parseControlFile(recorded('003-dash-t-bcc/qf'));

    expect(wireHeader(control, { hostname }).toString('latin1')).not.toMatch(/bcc:|secret/i);
  });

  it.each(['B\0cc', 'Bcc ', 'Resent-\0Bcc'])('sends no value of what is Bcc when it is written: %j', (name) => {
    expect(headerText([name, ' secret@example.com'])).toBe(`${name.replace('\0', '').trim()}:\r\n`);
  });

  it('sends an empty Bcc, never its value, when there is no other recipient field', () => {
    expect(headerText(['Bcc', ' secret@example.com,\n        more@example.com'])).toBe('Bcc:\r\n');
  });

  it('gives the message its own bytes back', () => {
    const text = headerText(['Subject', ` ${escapeHeaderBytes('Gr\u00c3\u009f \u00ff')}`]);

    expect(text).toBe('Subject: Gr\u00c3\u009f \u00ff\r\n');
  });

  it('puts the sender into Return-Path when something asks for that field', () => {
    expect(headerText(['Return-Path', ' <\u0081g>', 'D'])).toBe('Return-Path: <alice@laptop.example.org>\r\n');
  });

  it('puts no macro into any other field', () => {
    expect(headerText(['X-From', ' <\u0081g>'])).toBe('X-From: <g>\r\n');
  });

  it('leaves out a field without a name', () => {
    expect(headerText(['', ' x'], ['X', ''])).toBe('X:\r\n');
  });

  it('lets no lone CR or line feed begin another field', () => {
    expect(headerText(['Subject', ' a\rBcc: eve\nX-Evil: 1'])).toBe('Subject: a Bcc: eve\r\n X-Evil: 1\r\n');
  });

  it.each([
    ['x'.repeat(998 - 'X-A: '.length), 1],
    [`${'word '.repeat(199)}word`, 2],
    [`${'word\t'.repeat(1000)}word`, 6],
    [`${'<id@example.org> '.repeat(200)}\n ${'<id@example.org> '.repeat(30)}<id@example.org>`, 5],
    ['x'.repeat(2000), 1],
    [`a ${'x'.repeat(2000)} b`, 3],
    [`${'x'.repeat(500)}${' '.repeat(2000)}`, 1],
  ])('folds lines over 998 bytes at blanks, and nowhere else: %#', (value, lines) => {
    const text = headerText(['X-A', ` ${value}`]);

    expect(text.split('\r\n').slice(0, -1)).toHaveLength(lines);
    expect(text.replace(/\r\n(?=[ \t])/g, '')).toBe(`X-A: ${value.replaceAll('\n', '')}\r\n`);
    if (!/x{999}| {999}/.test(value))
      expect(Math.max(...text.split('\r\n').map(({ length }) => length))).toBeLessThan(999);
    expect(text).not.toMatch(/^[ \t]*\r\n|^X-A:[ \t]*\r\n/m);
  });

  it('folds nothing of a message that is signed', () => {
    const value = ` ${'word '.repeat(1000)}word`;

    expect(headerText(['X-A', value], ['DKIM-Signature', ' v=1'])).toBe(`X-A:${value}\r\nDKIM-Signature: v=1\r\n`);
  });

  it.each([
    [' alice', ' alice@laptop.example.org'],
    [' Alice Example <alice>', ' Alice Example <alice@laptop.example.org>'],
    [' (boss) bob (Bob, B), carol@example.com', ' (boss) bob@laptop.example.org (Bob, B), carol@example.com'],
    [' "Smith, Dave" <dave>, x', ' "Smith, Dave" <dave@laptop.example.org>, x@laptop.example.org'],
    [' friends: bob, Carol <c@y>;', ' friends: bob@laptop.example.org, Carol <c@y>;'],
    [' undisclosed-recipients:;', ' undisclosed-recipients:;'],
    [' <>, @, x@', ' <>'],
    [' joe@localhost (me), J <joe@LOCALHOST>', ' joe@laptop.example.org (me), J <joe@laptop.example.org>'],
    [' joe@localhost.example.org, joe@laptop', ' joe@laptop.example.org, joe@laptop.example.org'],
    [' a%b, a%b%c, host!user, x.y!z, "a@b"@h', ' a@b, a%b@c, host!user, z@x.y, "a@b"@h'],
    [' Bob Builder, "x y"', ' Bob.Builder@laptop.example.org, "x y"@laptop.example.org'],
    [' <@r1,@r2:bob@h>, Bob <a> <bob@h.>', ' <bob@h>, "Bob <a>" <bob@h>'],
    [" O'Neil B. <o@h>, a:b <c@h>, u@[IPv6:::1]", ` "O'Neil B." <o@h>, a:b <c@h>, u@[IPv6:::1]`],
    [' "unfinished <alice>', ' "unfinished <alice>"@laptop.example.org'],
    [' (unfinished', ' (unfinished'],
    [' bob@h (open, Al <al@h', ' bob@h (open, Al <al@h)'],
    [' Bob <bob@h> "Bob"', ' <bob@h>'],
    ['', ''],
  ])('completes addresses in %j', (value, expected) => {
    expect(headerText(['To', value])).toBe(`To:${expected.replaceAll('\n', '\r\n')}\r\n`);
  });

  it('lays a list out again when completing it passes column 78', () => {
    const text = headerText(['Cc', ' alice, bob, carol, dave, erin']);

    expect(text).toBe(
      'Cc: alice@laptop.example.org, bob@laptop.example.org, carol@laptop.example.org,\r\n' +
        '        dave@laptop.example.org, erin@laptop.example.org\r\n',
    );
  });

  it('leaves fields alone that hold no addresses', () => {
    expect(headerText(['Subject', ' alice'])).toBe('Subject: alice\r\n');
  });
});

describe('openWireMessage', () => {
  it.each([
    ['one\ntwo\n', 'one\r\ntwo\r\n'],
    ['no end', 'no end\r\n'],
    ['crlf\r\nkept\r\n', 'crlf\r\nkept\r\n'],
    ['old\rmac\r', 'old\r\nmac\r\n'],
    ['smuggled\r.\rMAIL FROM:<x>\n', 'smuggled\r\n.\r\nMAIL FROM:<x>\r\n'],
    ['\n\n', '\r\n\r\n'],
    ['.dot\n', '.dot\r\n'],
    ['', ''],
  ])('sends the body %j as %j', async (body, sent) => {
    expect(await wireBody(body)).toBe(sent);
  });

  it('does not care where the chunks of the body are cut', async () => {
    const body = 'a\r\nb\nc\rd\r\r\ne';

    expect(await wireBody(...body)).toBe(await wireBody(body));
  });

  it('fails as the data file fails', async () => {
    const broken = () =>
      new Readable({
        read() {
          this.destroy(new Error('disk gone'));
        },
      });

    await expect(buffer(openWireMessage(sampleControl(), broken, { hostname }))).rejects.toThrow('disk gone');
  });

  it('opens the data file only when it is read', () => {
    let opened = 0;
    const message = openWireMessage(sampleControl(), () => Readable.from([String(++opened)]), { hostname });

    message.destroy();

    expect(opened).toBe(0);
  });

  it('is about as large as announced', async () => {
    const control = parseControlFile(recorded('061-delivered-by-run/qf'));

    const sent = await wireText(control, 'x'.repeat(1000));

    expect(Math.abs(sent.length - wireSize(control, 1000))).toBeLessThan(40);
  });
});

describe('createWireMessages', () => {
  function claim(body: string): ClaimedJob {
    const directory = temporaryDirectory();
    const claimed = openSpool(directory).claim({ id: submit(directory, {}, body), kind: 'qf' });
    if (typeof claimed === 'string') throw new Error(claimed);
    onTestFinished(() => claimed.release());
    return claimed;
  }

  it('announces what is encoded to the byte, and sends it the same each time', async () => {
    const job = claim('long '.repeat(50_000));
    const messages = createWireMessages({ hostname });

    const size = messages.sizeBytes(job);
    const sent = await Promise.all([buffer(messages.open(job)), buffer(messages.open(job))]);

    expect(sent.map(({ length }) => length)).toEqual([size, size]);
    expect(sent[0]?.equals(sent[1])).toBe(true);
  });

  it('announces what is not encoded as sendmail does', () => {
    const job = claim('short\n'.repeat(50_000));

    expect(createWireMessages({ hostname }).sizeBytes(job)).toBe(wireSize(job.control, 300_000));
  });

  it('leaves it to the stream to say that the data file cannot be read', async () => {
    const job = claim('x'.repeat(2000));
    const broken: ClaimedJob = {
      ...job,
      readData() {
        throw new Error('disk gone');
      },
    };
    const messages = createWireMessages({ hostname });

    expect(messages.sizeBytes(broken)).toBe(wireSize(job.control, 2000));
    await expect(buffer(messages.open(broken))).rejects.toThrow('disk gone');
  });
});

describe('unescapeHeaderBytes', () => {
  it('undoes escapeHeaderBytes for every byte but NUL', () => {
    const text = Array.from({ length: 255 }, (_, index) => String.fromCharCode(index + 1)).join('');

    expect(unescapeHeaderBytes(escapeHeaderBytes(text))).toBe(text);
    expect(escapeHeaderBytes('a\0b')).toBe('ab');
  });
});
