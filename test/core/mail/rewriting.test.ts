/** What is ours about addresses outside; what is sendmail's is compared with it in test/interop/masquerade.test.ts. */
import { describe, expect, it } from 'vitest';
import { settingsSchema } from '../../../core/config/settings.js';
import { originatorOnWire, recipientOnWire, rewriteElement, senderOnWire } from '../../../core/mail/relay-address.js';
import { rewritingOf } from '../../../core/mail/rewriting-settings.js';

const HOST = 'laptop.localdomain';

describe('a sender', () => {
  it.each<readonly [string, Readonly<Record<string, unknown>>, string, string]>([
    ['has our host name where nothing is set', {}, 'alice', `alice@${HOST}`],
    ['has the masquerade name in the envelope, too', { masqueradeAs: 'example.org' }, 'alice', 'alice@example.org'],
    ['with our host name is masqueraded', { masqueradeAs: 'example.org' }, `alice@${HOST}`, 'alice@example.org'],
    ['of another host is not', { masqueradeAs: 'example.org' }, 'alice@example.net', 'alice@example.net'],
    ['is nobody still when he is nobody', { masqueradeAs: 'example.org' }, '<>', ''],
    ['has the domain of qualifyWith', { qualifyWith: 'example.com' }, 'alice', 'alice@example.com'],
    ['is masqueraded before he is qualified', { qualifyWith: 'a.b', masqueradeAs: 'c.d' }, 'alice', 'alice@c.d'],
    ['is found in the table though nothing is masqueraded', { senders: { alice: 'me@x.y' } }, 'alice', 'me@x.y'],
    ['is found in any letters', { senders: { Alice: 'me@x.y' } }, `ALICE@${HOST}`, 'me@x.y'],
    [
      'of another host is found by the whole address',
      { senders: { 'bob@far.example': 'me@x.y' } },
      'bob@far.example',
      'me@x.y',
    ],
    [
      'of another host is not found by name alone',
      { senders: { bob: 'me@x.y' } },
      'bob@far.example',
      'bob@far.example',
    ],
    ['of a host is found by the host', { senders: { '@far.example': '%1@x.y' } }, 'bob@far.example', 'bob@x.y'],
    ['keeps his detail where the table says so', { senders: { 'alice+*': 'me+%1@x.y' } }, 'alice+list', 'me+list@x.y'],
    ['beyond ASCII is found', { senders: { jürgen: 'jürgen@x.y' } }, 'j\u00c3\u00bcrgen', 'j\u00c3\u00bcrgen@x.y'],
  ])('%s', (_, settings, written, expected) => {
    const rewriting = rewritingOf(settingsSchema.parse(settings), HOST);

    expect(senderOnWire(written, rewriting)).toBe(expected);
    expect(originatorOnWire(`Somebody <${written.replace(/[<>]/g, '')}>`, rewriting)).toBe(expected);
  });

  it('keeps name, comments and encoding around the address byte for byte', () => {
    const rewriting = rewritingOf(settingsSchema.parse({ masqueradeAs: 'example.org' }), HOST);

    expect(rewriteElement('"A.  \\"L\\"  E" <alice>  (at  home)', true, rewriting)).toBe(
      '"A.  \\"L\\"  E" <alice@example.org>  (at  home)',
    );
    expect(rewriteElement('=?utf-8?q?J=C3=BCrgen?= \u00c3\u00bc <alice>', true, rewriting)).toBe(
      '=?utf-8?q?J=C3=BCrgen?= \u00c3\u00bc <alice@example.org>',
    );
  });
});

describe('a recipient of this computer', () => {
  it.each<readonly [string, Readonly<Record<string, unknown>>, string]>([
    ['is reached at our host name', {}, `root@${HOST}`],
    ['is reached at the masquerade name', { masqueradeAs: 'example.org' }, 'root@example.org'],
    [
      'is not where the envelope keeps our name',
      { masqueradeAs: 'c.d', masquerade: { envelope: false } },
      `root@${HOST}`,
    ],
    ['is reached where qualifyWith says', { masqueradeAs: 'c.d', qualifyWith: 'a.b' }, 'root@a.b'],
    ['is nobody of the table of senders', { senders: { root: 'me@x.y' } }, `root@${HOST}`],
  ])('%s', (_, settings, expected) => {
    const rewriting = rewritingOf(settingsSchema.parse(settings), HOST);

    expect(['root', 'root@localhost', `<root@${HOST}>`].map((text) => recipientOnWire(text, rewriting))).toEqual([
      expected,
      expected,
      expected,
    ]);
  });
});

describe('settings about addresses', () => {
  it.each([
    [{ masqueradeAs: '@example.org' }],
    [{ masqueradeAs: 'a b' }],
    [{ qualifyWith: 'x\r\ny' }],
    [{ senders: { alice: 'Alice <a@b>' } }],
    [{ senders: { alice: 'a@b\nRCPT TO:<c@d>' } }],
    [{ senders: { 'a b': 'a@b' } }],
    [{ masquerade: { domains: ['a@b'] } }],
  ])('are refused where they are none: %j', (settings) => {
    expect(settingsSchema.safeParse(settings).success).toBe(false);
  });
});
