import { describe, expect, it } from 'vitest';
import { formatForm, parseForm } from '../../../../core/cli/editing/edit-form.js';
import type { HeaderRecord } from '../../../../core/spool/control-file.js';
import { control, recipient } from '../../queue/fixtures.js';

const field = (name: string, value: string, condition = ''): HeaderRecord => ({ condition, name, value });

const stored = control({
  sender: 'alice@example.org',
  recipients: [recipient('Bob <bob@example.net>'), recipient('blind@example.net')],
  headers: [
    field('Return-Path', ' <\u0081g>', 'P'),
    field('Received', ' (from alice@localhost)\n\tby laptop; Fri, 20 Nov 2026 23:10:50 GMT'),
    field('Date', ' Fri, 20 Nov 2026 23:10:50 GMT', 'D'),
    field('Message-Id', ' <1@laptop>', 'M'),
    field('From', ' Alice <alice@example.org>', 'F'),
    field('To', ' Bob <bob@example.net>'),
    field('Bcc', ' blind@example.net'),
    field('Subject', ' Stra\u00c3\u00ff\u009fe, \u00ff\u00ff raw'),
    field('X-Outtray-Envelope-To', ' forged@example.net'),
  ],
});

const header = (text: string): string => text.replace(/\n\n$/, '');

describe('formatForm', () => {
  it('shows envelope and header as they are, without what is put in later', () => {
    expect(formatForm(stored).split('\n').slice(2)).toEqual([
      'X-Outtray-Envelope-From: alice@example.org',
      'X-Outtray-Envelope-To: Bob <bob@example.net>',
      'X-Outtray-Envelope-To: blind@example.net',
      'Received: (from alice@localhost)',
      '\tby laptop; Fri, 20 Nov 2026 23:10:50 GMT',
      'Date: Fri, 20 Nov 2026 23:10:50 GMT',
      'Message-Id: <1@laptop>',
      'From: Alice <alice@example.org>',
      'To: Bob <bob@example.net>',
      'Bcc: blind@example.net',
      'Subject: Stra\u00c3\u009fe, \u00ff raw',
      '',
      '',
    ]);
  });
});

describe('parseForm', () => {
  it('gives back each record as it was, escapes and conditions included', () => {
    const form = parseForm(header(formatForm(stored)), stored);

    expect(form.sender).toBe('alice@example.org');
    expect(form.recipients).toEqual(['Bob <bob@example.net>', 'blind@example.net']);
    const own = stored.headers.filter(({ name }) => name !== 'X-Outtray-Envelope-To');
    expect(form.headers.filter(({ name }) => name !== 'X-Outtray-Envelope-To')).toEqual(own);
  });

  it('takes what was written anew, escaped as the file wants it', () => {
    const text = header(formatForm(stored))
      .replace('To: Bob <bob@example.net>\nBcc', 'To: B\u00f6b\u009f <b@example.net>\nBcc')
      .replace('Message-Id: <1@laptop>', 'Message-Id: <2@laptop>');

    const { headers } = parseForm(text, stored);

    expect(headers).toContainEqual(field('To', ' B\u00f6b\u00ff\u009f <b@example.net>'));
    expect(headers).toContainEqual(field('Message-Id', ' <2@laptop>', 'M'));
  });

  it('encodes a subject beyond ASCII, since not every relay takes one raw', () => {
    const text = header(formatForm(stored)).replace(/Subject: .*/, 'Subject: Gr\u00c3\u00bc\u00c3\u009fe');

    expect(parseForm(text, stored).headers).toContainEqual(field('Subject', ' =?utf-8?B?R3LDvMOfZQ==?='));
  });

  it('keeps date, sender and Message-ID of a message that must have them', () => {
    const text = header(formatForm(stored)).replace(/(?:Date|From|Message-Id):.*\n/g, '');

    const names = parseForm(text, stored).headers.map(({ name }) => name);

    expect(names).toEqual(expect.arrayContaining(['Date', 'From', 'Message-Id']));
    expect(names.filter((name) => name === 'Date')).toHaveLength(1);
  });

  it('names the line that is no field, instead of making the rest of the header a body', () => {
    const text = header(formatForm(stored)).replace('Subject: ', 'Subject ');

    expect(() => parseForm(text, stored)).toThrow(/^line 13, "Subject Stra/);
  });

  it('has one sender', () => {
    const text = `X-Outtray-Envelope-From: x@example.org\n${header(formatForm(stored))}`;

    expect(() => parseForm(text, stored)).toThrow(/stands there 2 times/);
  });
});
