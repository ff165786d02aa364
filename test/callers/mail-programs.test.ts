/**
 * Mail programs for people (bsd-mailx, s-nail, mutt, Emacs), as Debian packages them: a message
 * with several recipients, a Bcc, letters beyond ASCII and a line with a single dot is queued by
 * alice and arrives at a relay with every byte it was given.
 */
import { describe, expect, it } from 'vitest';
import {
  body,
  type Desk,
  field,
  PLACES,
  SYSTEM_SENDMAIL,
  setUpDesks,
  unless,
  whyNoCaller,
} from '../support/caller-desk.js';

const EVERYBODY = ['bob@example.net', 'carol@example.com', 'dave@example.net', 'secret@example.org'];
/** Grüße, € as UTF-8, one character a byte; the euro sign is in no older character set that a program might choose. */
const SUBJECT = bytes('Grüße für 5 €');
const TEXT = bytes('Um zwölf für 5 €?\n.\nFrom here on: the end\n');

const openDesk = setUpDesks();

describe.skipIf(noProgram('bsd-mailx') !== null)(`bsd-mailx${unless(noProgram('bsd-mailx'))}`, () => {
  it.each(PLACES)('sends through %s', async (place) => {
    const desk = await openDesk();
    const rc = desk.write('.mailrc', place === SYSTEM_SENDMAIL ? '' : `set sendmail=${desk.sendmail(place)}\n`);

    const sent = await desk.run(
      [
        'bsd-mailx',
        '-s',
        'Lunch',
        '-c',
        'carol@example.com',
        '-b',
        'secret@example.org',
        ...EVERYBODY.slice(0, 1),
        'dave@example.net',
      ],
      TEXT,
      { MAILRC: rc },
    );

    expect(sent).toEqual({ status: 0, stdout: '', stderr: '' });
    await expectArrival(desk, { sender: 'alice@laptop.example.org', subject: 'Lunch', text: TEXT });
  });

  it('sends nothing and says what stands in the way where the queue cannot be used', async () => {
    const desk = await openDesk();
    desk.write('.local', 'a file where a directory has to be');

    const sent = await desk.run(['bsd-mailx', '-s', 'Lunch', 'bob@example.net'], 'At noon?\n');

    expect(sent.stderr).toMatch(/^sendmail: cannot use the queue directory .*: /);
    expect(desk.queued()).toEqual([]);
  });
});

describe.skipIf(noProgram('s-nail') !== null)(`s-nail${unless(noProgram('s-nail'))}`, () => {
  it.each(PLACES)('sends through %s, from another address and with an attachment', async (place) => {
    const desk = await openDesk();
    const attachment = desk.write('photo.bin', bytesOfAllKinds());
    const mta = place === SYSTEM_SENDMAIL ? [] : ['-S', `mta=${desk.sendmail(place)}`];

    const sent = await desk.run(
      [
        ...['s-nail', ...mta, '-r', 'alice@example.org', '-s', SUBJECT, '-a', attachment],
        ...['-c', 'carol@example.com', '-b', 'secret@example.org', 'bob@example.net', 'dave@example.net'],
      ],
      TEXT,
    );

    expect(sent).toEqual({ status: 0, stdout: '', stderr: '' });
    const text = await expectArrival(desk, { sender: 'alice@example.org', subject: SUBJECT });
    expect(attached(text)).toBe(bytesOfAllKinds());
  });
});

describe.skipIf(noProgram('mutt') !== null)(`mutt${unless(noProgram('mutt'))}`, () => {
  it.each(PLACES)('sends through %s, eight bits and an attachment', async (place) => {
    const desk = await openDesk();
    const attachment = desk.write('photo.bin', bytesOfAllKinds());
    const setting = place === SYSTEM_SENDMAIL ? [] : ['-e', `set sendmail="${desk.sendmail(place)} -oem -oi"`];

    const sent = await desk.run(
      [
        ...['mutt', ...setting, '-e', 'set use_envelope_from envelope_from_address=alice@example.org'],
        ...['-s', SUBJECT, '-c', 'carol@example.com', '-b', 'secret@example.org', '-a', attachment],
        ...['--', 'bob@example.net', 'dave@example.net'],
      ],
      TEXT,
    );

    expect(sent).toEqual({ status: 0, stdout: '', stderr: '' });
    const text = await expectArrival(desk, { sender: 'alice@example.org', subject: SUBJECT });
    expect(text.replaceAll('\r\n', '\n')).toContain(`\n\n${TEXT}\n--`);
    expect(attached(text)).toBe(bytesOfAllKinds());
  });
});

describe.skipIf(noProgram('emacs', 'emacs-nox') !== null)(
  `Emacs sendmail.el${unless(noProgram('emacs', 'emacs-nox'))}`,
  () => {
    it.each(PLACES)('sends through %s, and tries at once', async (place) => {
      const desk = await openDesk();
      const fields = `To: Bob <bob@example.net>, dave@example.net\nCc: carol@example.com\nBcc: secret@example.org\nSubject: ${SUBJECT}\n`;
      const script = desk.write(
        'send.el',
        `${place === SYSTEM_SENDMAIL ? '' : `(setq sendmail-program "${desk.sendmail(place)}")`}
(setq user-mail-address "alice@example.org" user-full-name "Alice Example" mail-specify-envelope-from t
      send-mail-function 'sendmail-send-it)
(with-temp-buffer
  (mail-mode)
  (insert ${lisp(fields)} mail-header-separator "\\n" ${lisp(TEXT)})
  (mail-send))
`,
      );

      const sent = await desk.run(['emacs', '--batch', '-Q', '-l', script]);

      expect(sent.status, sent.stderr).toBe(0);
      await expectArrival(desk, { sender: 'alice@example.org', subject: SUBJECT, text: TEXT });
    });

    it('says that sending failed where an address is none', async () => {
      const desk = await openDesk();
      const script = desk.write(
        'send.el',
        `(require 'sendmail)
(with-temp-buffer
  (mail-mode)
  (insert "To: bob@@\\n" mail-header-separator "\\nHello.\\n")
  (sendmail-send-it))
`,
      );

      const sent = await desk.run(['emacs', '--batch', '-Q', '-l', script]);

      expect(sent.status).not.toBe(0);
      expect(sent.stderr).toContain('Sending...failed with exit value 68');
      // Under -t a report goes back, as from sendmail.
      expect(desk.queued().map(({ recipients }) => recipients)).toEqual([['alice']]);
    });
  },
);

function noProgram(program: string, debianPackage = program): string | null {
  return whyNoCaller([program, debianPackage]);
}

/** Queued once for everybody, then taken by the relay: envelope, header, the Bcc nowhere. Returns the body. */
async function expectArrival(
  desk: Desk,
  expected: { readonly sender: string; readonly subject: string; readonly text?: string },
): Promise<string> {
  const queued = desk.queued();
  expect(queued).toHaveLength(1);
  expect(queued.flatMap(({ recipients }) => recipients.map(bare)).sort()).toEqual(EVERYBODY);
  if (expected.text !== undefined) expect(queued[0]?.body).toBe(expected.text);

  const [mail, ...more] = await desk.deliver();

  expect(more).toEqual([]);
  if (mail === undefined) throw new Error('the relay got nothing');
  expect(mail.from).toBe(expected.sender);
  expect([...mail.rcptTo].sort()).toEqual(EVERYBODY);
  expect(decoded(field(mail.raw, 'subject') ?? '')).toBe(expected.subject);
  expect(field(mail.raw, 'to')).toMatch(/bob@example\.net>?, dave@example\.net$/);
  expect(field(mail.raw, 'cc')).toBe('carol@example.com');
  expect(mail.raw.toString('latin1')).not.toMatch(/secret|^bcc/im);
  if (expected.text !== undefined) expect(body(mail.raw)).toBe(expected.text.replaceAll('\n', '\r\n'));
  expect(desk.queued()).toEqual([]);
  return body(mail.raw);
}

function bare(address: string): string {
  return /<(.*)>/.exec(address)?.[1] ?? address;
}

/** RFC 2047 in base64 or quoted-printable, words side by side. */
function decoded(text: string): string {
  return text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([bq])\?(.*?)\?=/gi, (_, kind: string, word: string) =>
      kind.toLowerCase() === 'b'
        ? Buffer.from(word, 'base64').toString('latin1')
        : word
            .replaceAll('_', ' ')
            .replace(/=(..)/g, (__, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    );
}

/** The part that is base64. */
function attached(text: string): string {
  const part = /Content-Transfer-Encoding: base64[\s\S]*?\r\n\r\n([A-Za-z0-9+/=\r\n]*)/.exec(text)?.[1] ?? '';
  return Buffer.from(part, 'base64').toString('latin1');
}

function bytesOfAllKinds(): string {
  return `${Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString('latin1')}\n.\n`;
}

function bytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** As a string of Emacs Lisp. */
function lisp(text: string): string {
  return `"${text.replaceAll('\n', '\\n')}"`;
}
