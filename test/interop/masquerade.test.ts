/**
 * What the relay gets of addresses of this computer: the real sendmail with MASQUERADE_AS and its features, and
 * our run with the settings that stand for them, flush the same queue files.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { settingsSchema } from '../../core/config/settings.js';
import { rewritingOf } from '../../core/mail/rewriting-settings.js';
import { type Flushed, flushBoth, job, type QueueFiles } from '../support/both-runs.js';
import { whyNoRealSendmail } from '../support/real-sendmail.js';

const missing = whyNoRealSendmail();
const HOST = 'laptop.example.org';

const ADDRESSES = [
  'alice',
  'Alice',
  'root',
  'carol+list',
  'a.b',
  '"a b"',
  '"quoted"',
  `alice@${HOST}`,
  'alice@LAPTOP.Example.ORG',
  'alice@laptop',
  'alice@localhost',
  'root@localhost.localdomain',
  `root@${HOST}`,
  `carol+news@${HOST}`,
  'bob@example.net',
  'bob@other.example.org',
  'bob@deep.other.example.org',
  'bob@kept.other.example.org',
  'root@other.example.org',
  'dora@plain.example.com',
  'bob@example.org',
  'bob%far.example@laptop.example.org',
  'bob%laptop.example.org@laptop.example.org',
  'far!bob',
  'laptop!bob',
  'far.example!bob',
  '<@relay.example,@laptop.example.org:bob@laptop.example.org>',
  'Alice Example <alice>',
  'Alice (the one) <alice@laptop.example.org> (at home)',
  'alice (Alice Example)',
  '(Alice) alice@localhost',
  '"Example, Alice" <alice>',
  'Gr\u00c3\u00bcn, =?UTF-8?Q?Gr=C3=BCn?= <alice>',
  'O\'Neil B. <alice>, J. "Joe" Doe <root@laptop>, nobody',
  'friends: alice, Bob <root@laptop.example.org>, bob@example.net;',
  'undisclosed-recipients:;',
  '<>',
  'MAILER-DAEMON',
  'alice@[127.0.0.1]',
  'alice@laptop.example.org.',
  'alice, root@laptop.example.org, Bob <bob@example.net>, (none), carol',
];
const FIELDS = [
  'From',
  'Sender',
  'Reply-To',
  'Errors-To',
  'Disposition-Notification-To',
  'Resent-From',
  'Resent-Sender',
  'Resent-Reply-To',
  'To',
  'Cc',
  'Apparently-To',
  'Resent-To',
  'Return-Receipt-To',
  'X-Owner',
];
const RECIPIENTS = ADDRESSES.filter((address) => !/[,;]|^<@|\(none|^<>$/.test(address));
/** Each costs a message of its own; rules for addresses are seen in the fields. */
const SENDERS = ['<>', 'alice', `alice@${HOST}`, 'bob@example.net', 'carol+list', 'root', `root@${HOST}`, '"a b"']
  .concat(['bob@other.example.org', 'bob@kept.other.example.org', 'dora@plain.example.com'])
  .concat(['alice@localhost', 'far!bob', 'bob%far.example@laptop.example.org']);

/** All addresses in all fields of one message; one message to all; and one from each sender. */
function queue(): QueueFiles {
  const headers = FIELDS.flatMap((name) => ADDRESSES.map((address) => `H??${name}: ${address}`));
  const recipients = RECIPIENTS.map((address) => `RPFD:${address}`);
  const senders = SENDERS.map((sender, index) => job(20 + index, { sender }));
  return Object.assign({}, job(1, { headers }), job(2, { recipients }), ...senders);
}

function comparable({ messages }: Flushed): readonly string[] {
  return messages.map(({ mail, rcpt, text }) => [mail, ...rcpt, text].join('\n')).sort();
}

interface Configured {
  readonly m4: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

async function flush({ m4, settings }: Configured): Promise<{ theirs: readonly string[]; ours: readonly string[] }> {
  const parsed = settingsSchema.parse({ ...settings });
  const { theirs, ours } = await flushBoth(queue(), { m4Before: m4, rewriting: rewritingOf(parsed, HOST) });
  return { theirs: comparable(theirs), ours: comparable(ours) };
}

/** A text map: no database to build. */
function tableFile(entries: Readonly<Record<string, string>>): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-generics-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true }));
  const file = path.join(directory, 'genericstable');
  const lines = Object.entries(entries).map(([key, value]) => `${key}\t${value}\n`);
  fs.writeFileSync(file, lines.join(''));
  fs.chmodSync(directory, 0o755);
  return file;
}

describe.skipIf(missing !== null)(`addresses outside${missing === null ? '' : ` (${missing})`}`, () => {
  it.each<readonly [string, Configured]>([
    ['no masquerade', { m4: '', settings: {} }],
    [
      'MASQUERADE_AS and EXPOSED_USER',
      {
        m4: "MASQUERADE_AS(`example.org')\nEXPOSED_USER(`root')",
        settings: { masqueradeAs: 'example.org', masquerade: { envelope: false, exposedUsers: ['root'] } },
      },
    ],
    [
      'masquerade_envelope, masquerade_entire_domain and MASQUERADE_EXCEPTION',
      {
        m4: `MASQUERADE_AS(\`example.org')
FEATURE(\`masquerade_envelope')
FEATURE(\`masquerade_entire_domain')
MASQUERADE_DOMAIN(\`other.example.org')
MASQUERADE_EXCEPTION(\`kept.other.example.org')
EXPOSED_USER(\`root')`,
        settings: {
          masqueradeAs: 'example.org',
          masquerade: {
            domains: ['other.example.org'],
            entireDomains: true,
            exceptions: ['kept.other.example.org'],
            exposedUsers: ['root'],
          },
        },
      },
    ],
    [
      'allmasquerade and limited_masquerade',
      {
        m4: `FEATURE(\`allmasquerade')
FEATURE(\`limited_masquerade')
FEATURE(\`masquerade_envelope')
MASQUERADE_AS(\`example.org')
MASQUERADE_DOMAIN(\`other.example.org plain.example.com')
EXPOSED_USER(\`root')`,
        settings: {
          masqueradeAs: 'example.org',
          masquerade: {
            recipients: true,
            limited: true,
            domains: ['other.example.org', 'plain.example.com'],
            exposedUsers: ['root'],
          },
        },
      },
    ],
  ])('are as sendmail has them with %s', async (_, configured) => {
    const { theirs, ours } = await flush(configured);

    expect(ours).toEqual(theirs);
    expect(ours.length).toBe(SENDERS.length + 2);
  });

  it('are looked up in the table of senders as in the genericstable', async () => {
    const table = {
      alice: 'alice.smith@example.com',
      [`root@${HOST}`]: 'root.laptop@example.com',
      root: 'never@example.com',
      'carol+*': 'carol-%1@example.com',
      'carol+list': 'list@example.com',
      'bob@other.example.org': 'robert',
      '@plain.example.com': '%1.plain@example.com',
      'a.b': 'ab@example.com',
      nobody: 'x%%y',
      mailer_daemon: 'no',
    };
    const domains = [HOST, 'other.example.org', 'plain.example.com'];

    const { theirs, ours } = await flush({
      m4: `define(\`confDONT_BLAME_SENDMAIL', \`MapInUnsafeDirPath')
MASQUERADE_AS(\`example.org')
FEATURE(\`masquerade_envelope')
FEATURE(\`genericstable', \`text -k0 -v1 ${tableFile(table)}')
GENERICS_DOMAIN(\`${domains.join(' ')}')`,
      settings: { masqueradeAs: 'example.org', senders: table, sendersDomains: domains },
    });

    expect(ours).toEqual(theirs);
    expect(theirs.join()).toContain('Alice Example <alice.smith@example.com>');
  });
});

describe.skipIf(missing !== null)('a report about mail that was masqueraded', () => {
  it('is what sendmail writes, but that its To has the sender as he looks outside', async () => {
    const headers = ['H?F?From: Alice <alice>', 'H??To: root, bob@example.net', `H??Reply-To: alice@${HOST}`];
    const files = { ...job(1, { headers }), ...job(2, { sender: `carol@${HOST}`, recipients: ['RPFD:bob'] }) };

    const { theirs, ours } = await flushBoth(files, {
      sink: { toRecipient: (address) => (address.startsWith('bob') ? '550 5.1.1 nobody' : undefined) },
      m4Before: "MASQUERADE_AS(`example.org')\nFEATURE(`masquerade_envelope')",
      rewriting: rewritingOf(settingsSchema.parse({ masqueradeAs: 'example.org' }), HOST),
    });

    const expected = timeless(theirs).map((text) =>
      text.replaceAll(`\r\nTo: alice@${HOST}\r`, '\r\nTo: alice@example.org\r'),
    );
    expect(expected).toHaveLength(2);
    expect(timeless(ours)).toEqual(
      expected.map((text) => text.replaceAll(`\r\nTo: carol@${HOST}\r`, '\r\nTo: carol@example.org\r')),
    );
  });
});

/** Ids and times of reports are each program's own. */
function timeless(flushed: Flushed): string[] {
  return comparable(flushed)
    .map((text) =>
      text
        .replace(/\d\d:\d\d:\d\d/g, 'TIME')
        .replace(/\b\w[0-9AB][0-9A-V][0-9A-N]\w{10}\b/g, 'ID')
        .replace(/ID\.\d+\//g, 'ID.SECONDS/')
        .replace(/\d{12}\.ID/g, 'MINUTE.ID'),
    )
    .sort();
}
