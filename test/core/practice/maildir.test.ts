import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { countMessages, createMaildir, storeMessage } from '../../../core/practice/maildir.js';

const ENVELOPE = { from: 'me@example.org', recipients: ['ann@example.net'] };
const LINES = 'Return-Path: <me@example.org>\nX-Envelope-To: ann@example.net\nDelivered-To: ann@example.net\n';

describe('a Maildir', () => {
  it.each<[string, readonly string[], string]>([
    ['whole lines', ['Subject: a\r\n\r\nx\r\n'], 'Subject: a\n\nx\n'],
    ['line ends cut in two', ['Subject: a\r', '\n', '\r', '\nx\r', '\n'], 'Subject: a\n\nx\n'],
    ['a CR that ends no line', ['x\r', 'y\rz\r\n'], 'x\ry\rz\n'],
    ['several CR before a line end', ['x\r', '\r', '\r\n'], 'x\r\r\n'],
    ['a CR at the very end', ['x\r'], 'x\r'],
    ['a LF alone', ['x\ny\r\n'], 'x\ny\n'],
    ['an empty piece', ['x\r', '', '\ny'], 'x\ny'],
    ['nothing', [], ''],
  ])('keeps the bytes of a message with %s', async (_name, pieces, expected) => {
    const maildir = newMaildir();

    const file = await storeMessage(maildir, ENVELOPE, bytes(pieces));

    expect(fs.readFileSync(file, 'latin1')).toBe(LINES + expected);
  });

  it('gives each message a name of its own', async () => {
    const maildir = newMaildir();

    const names = await Promise.all(Array.from({ length: 20 }, () => storeMessage(maildir, ENVELOPE, bytes(['x']))));

    expect(new Set(names).size).toBe(20);
    expect(countMessages(maildir)).toBe(20);
  });

  it('holds nothing of a message that broke off', async () => {
    const maildir = newMaildir();

    await expect(storeMessage(maildir, ENVELOPE, broken())).rejects.toThrow('cut off');

    expect(fs.readdirSync(path.join(maildir, 'tmp'))).toEqual([]);
    expect(countMessages(maildir)).toBe(0);
  });

  it('lets nobody else read', async () => {
    const maildir = newMaildir();

    const file = await storeMessage(maildir, ENVELOPE, bytes(['x']));

    expect(fs.statSync(file).mode & 0o077).toBe(0);
    expect(fs.statSync(path.dirname(file)).mode & 0o077).toBe(0);
  });

  it('counts read and unread messages, and none where there is no Maildir', async () => {
    const maildir = newMaildir();
    const file = await storeMessage(maildir, ENVELOPE, bytes(['x']));
    await storeMessage(maildir, ENVELOPE, bytes(['y']));

    fs.renameSync(file, path.join(maildir, 'cur', `${path.basename(file)}:2,S`));

    expect(countMessages(maildir)).toBe(2);
    expect(countMessages(path.join(maildir, 'none'))).toBe(0);
  });
});

async function* bytes(pieces: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield Buffer.from(piece, 'latin1');
}

async function* broken(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('Subject: half\r\n');
  throw new Error('cut off');
}

function newMaildir(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-maildir-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true }));
  const maildir = path.join(directory, 'mailbox');
  createMaildir(maildir);
  return maildir;
}
