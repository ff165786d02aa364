/** Random addresses of this computer and others, masqueraded by the real sendmail and by us; a failure names its seed. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { settingsSchema } from '../../core/config/settings.js';
import { rewritingOf } from '../../core/mail/rewriting-settings.js';
import { temporaryDirectory } from '../core/spool/support.js';
import { type Flushed, flushBoth, job } from '../support/both-runs.js';
import { seededRandom } from '../support/random.js';
import { randomAddresses } from '../support/random-addresses.js';
import { whyNoRealSendmail } from '../support/real-sendmail.js';

const HOST = 'laptop.example.org';
const DOMAINS = ['other.example.org', 'plain.example.com'];
const FIELDS = ['To', 'From', 'Cc', 'Reply-To', 'Sender', 'Resent-From', 'Errors-To', 'Disposition-Notification-To'];
const FEATURES = [
  ['masquerade_envelope', { masquerade: { envelope: true } }],
  ['allmasquerade', { masquerade: { recipients: true } }],
  ['limited_masquerade', { masquerade: { limited: true } }],
  ['masquerade_entire_domain', { masquerade: { entireDomains: true } }],
] as const;
const KEYS = ['bob', 'root', 'A+B', 'a+*', 'a.b', 'root+x', 'root+*', 'carol'];
const VALUES = ['new', 'new@example.com', 'x%1', `moved@${HOST}`];
const missing = whyNoRealSendmail();

describe.skipIf(missing !== null)('random addresses', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('are masqueraded as by sendmail (seed %i)', async (seed) => {
    const random = seededRandom(seed);
    const { pick, address, element, list } = randomAddresses(random, {
      locals: ['root', 'carol', 'root+x', 'root+y'],
      hosts: [
        HOST,
        'laptop',
        'Laptop.Example.org',
        ...DOMAINS,
        `deep.${DOMAINS[0]}`,
        `kept.${DOMAINS[0]}`,
        'example.org',
      ],
    });
    const features = FEATURES.filter(() => random() < 0.5);
    const exposed = random() < 0.5;
    const domains = DOMAINS.filter(() => random() < 0.7);
    const table = Object.fromEntries(
      [...KEYS, ...KEYS.map((key) => `${key}@${pick([HOST, ...DOMAINS])}`), `@${pick(DOMAINS)}`]
        .filter(() => random() < 0.3)
        // `%1` of a key that has none: sendmail writes an address without a user then, we do not look at the line.
        .map((key) => [key, pick([...VALUES, ...(/[*]|^@/.test(key) ? ['%1@example.com'] : [])])]),
    );
    const file = path.join(temporaryDirectory(0o755), 'genericstable');
    fs.writeFileSync(
      file,
      Object.entries(table)
        .map(([key, value]) => `${key}\t${value}\n`)
        .join(''),
    );
    const m4Before = [
      "define(`confDONT_BLAME_SENDMAIL', `MapInUnsafeDirPath')",
      ...features.map(([name]) => `FEATURE(\`${name}')`),
      "MASQUERADE_AS(`example.org')",
      ...domains.map((domain) => `MASQUERADE_DOMAIN(\`${domain}')`),
      `MASQUERADE_EXCEPTION(\`kept.${DOMAINS[0]}')`,
      ...(exposed ? ["EXPOSED_USER(`root')"] : []),
      `FEATURE(\`genericstable', \`text -k0 -v1 ${file}')`,
      `GENERICS_DOMAIN(\`${HOST} ${DOMAINS.join(' ')}')`,
    ].join('\n');
    const settings = settingsSchema.parse({
      masqueradeAs: 'example.org',
      masquerade: {
        envelope: false,
        domains,
        exceptions: [`kept.${DOMAINS[0]}`],
        exposedUsers: exposed ? ['root'] : [],
        ...Object.assign({}, ...features.map(([, its]) => its.masquerade)),
      },
      senders: table,
      sendersDomains: DOMAINS,
    });
    const jobs = Array.from({ length: 60 }, (_, index) =>
      job(index, {
        sender: pick([address(), `<${address()}>`, 'alice', '<>']),
        recipients: [`RPFD:${address()}`, 'RPFD:bob@example.net'],
        headers: Array.from({ length: 6 }, () => `H??${pick(FIELDS)}: ${random() < 0.3 ? element() : list()}`),
      }),
    );

    const { theirs, ours } = await flushBoth(Object.assign({}, ...jobs), {
      m4Before,
      rewriting: rewritingOf(settings, HOST),
      run: { onFailure: 'hold' },
    });

    expect(comparable(ours), m4Before).toEqual(comparable(theirs));
  });
});

function comparable({ messages }: Flushed): readonly string[] {
  return messages
    .filter(({ text }) => text.startsWith('X-Job'))
    .map(({ mail, rcpt, text }) => [mail, ...rcpt, text].join('\n'))
    .sort();
}
