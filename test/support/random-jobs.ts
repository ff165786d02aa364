/**
 * Control files by chance, in sendmail's grammar and order: every record, legal values of every sort, bytes
 * beyond ASCII, folds, old versions. Made of text, not by our own writer, so that they can hold
 * what we would not write.
 */
import fs from 'node:fs';
import path from 'node:path';

export type Random = () => number;

export interface Odd {
  /** What no sendmail writes and its listing takes all the same: damage, unknown records, chunks of long lines. */
  readonly damaged?: boolean;
}

export function pick<Item>(random: Random, items: readonly [Item, ...Item[]]): Item {
  return items[Math.floor(random() * items.length)] ?? items[0];
}

function sometimes(random: Random, share: number, text: () => string): string {
  return random() < share ? text() : '';
}

const NAMES = ['alice', 'bob', '"john q"', 'a\\b', 'x+y=z', '', 'Gr\u00fc\u00df', 'UPPER', 'l'.repeat(90)] as const;
const HOSTS = ['example.net', 'Example.COM', 'mail.example.org', '[127.0.0.1]', 'localhost', 'z.example.net'] as const;

function address(random: Random): string {
  const local = pick(random, NAMES);
  const bare = random() < 0.2 ? local || 'root' : `${local}@${pick(random, HOSTS)}`;
  return pick(random, [
    bare,
    bare,
    `<${bare}>`,
    `Carol (C) Smith <${bare}>`,
    `${bare} (t\tab)`,
    `b\u0001\u00ff@${bare}`,
  ]);
}

const STATUS = [
  'Deferred: Connection refused by [127.0.0.1]',
  'User unknown',
  'Deferred: 450 4.2.1 Gr\u00c3\u00bc\u00c3\u009fe \u00e9',
  `Deferred: ${'long '.repeat(30)}`,
] as const;

export function randomControlText(random: Random, odd: Odd = {}): string {
  const now = 1_795_216_250;
  const version = pick(random, [8, 8, 8, 8, 7, 5, 1]);
  const createdAt = now - Math.floor(random() * 20_000_000);
  const attempts = pick(random, [0, 0, 1, 7]);
  const lines = [
    `V${version}`,
    `T${createdAt}`,
    `K${attempts === 0 ? 0 : createdAt + Math.floor(random() * 900_000)}`,
    `N${attempts}`,
    `P${Math.floor(random() * 400_000) - 50_000}`,
    sometimes(random, 0.4, () => `I254/${Math.floor(random() * 9)}/${Math.floor(random() * 1e6)}`),
    sometimes(random, 0.3, () => `B${pick(random, ['8BITMIME', '7BIT'])}`),
    sometimes(random, 0.4, () => `M${pick(random, STATUS)}`),
    sometimes(random, 0.8, () => `F${[...'wr8bdns'].filter(() => random() < 0.4).join('')}`),
    sometimes(random, 0.8, () => '$_alice@localhost'),
    sometimes(random, 0.2, () => '$rSMTP'),
    sometimes(random, 0.2, () => '$s'),
    sometimes(random, 0.8, () => `\${daemon_flags}c u`),
    `S${pick(random, [address(random), 'alice', '<>'])}`,
    sometimes(random, 0.2, () => 'ZQQ+2B314159'),
    sometimes(random, 0.4, () => 'Aalice@laptop.example.org'),
    sometimes(random, 0.1, () => `!${String.fromCharCode(2 + Math.floor(random() * 3))} 3600`),
  ];
  const count = pick(random, [1, 1, 2, 5, 40]);
  for (let recipient = 0; recipient < count; recipient += 1) {
    const to = address(random);
    // Control characters are listed in octal by us and raw by sendmail, where it does not take them for an address.
    const controller = to.replace('\u0001', '');
    lines.push(
      sometimes(random, 0.3, () => `M${pick(random, STATUS)}`),
      sometimes(
        random,
        0.3,
        () => `C${pick(random, ['', `:${controller}`, `alice:4242:4242:${controller}`, 'u'.repeat(90)])}`,
      ),
      sometimes(random, 0.2, () => 'Qrfc822;bob+2Bx@example.net'),
      sometimes(random, 0.6, () => `rRFC822; ${to}`),
      `R${pick(random, ['PFD', 'P', 'PN', 'PNSFD', 'PAB', 'PFDz'])}:${to}`,
    );
  }
  lines.push('H?P?Return-Path: <\u0081g>', `H??Received: from x\n\tby y\n  for z`, 'H?M?Message-Id: <1@x>');
  const fields = Math.floor(random() * 6);
  for (let field = 0; field < fields; field += 1) {
    const text = pick(random, ['one', 'Gr\u00c3\u00ff\u009fe', 'R:S', 'a\n\tfold\n  and', '', 'x'.repeat(3000)]);
    lines.push(
      `H?${pick(random, ['', '', '', 'D', 'x', `\${auth_type}`])}?X-${field}:${pick(random, [' ', '', '\t'])}${text}`,
    );
  }
  const text = `${lines.filter((line) => line !== '').join('\n')}\n.\n`;
  return odd.damaged === true ? spoil(random, text) : text;
}

/** What a listing shows of it is defined all the same, since it goes by lines. */
function spoil(random: Random, text: string): string {
  const spoilers: readonly [(text: string) => string, ...((text: string) => string)[]] = [
    (whole) => whole,
    (whole) => whole.replace(/^T.*\n/m, ''),
    (whole) => whole.replace(/^P.*\n/m, ''),
    (whole) => whole.replace(/^S.*\n/m, ''),
    (whole) => whole.replace(/^V.*\n/m, ''),
    (whole) => whole.replace('\n.\n', '\n'),
    (whole) => whole.replace(/^S/m, 'Yunknown\nqthe reason\nS'),
    (whole) => whole.replace(/^S/m, 'Mfirst\nMsecond\nB7BIT\nSone\nS'),
    (whole) => `${whole}Reve@example.net\nPFD:mallory@example.net\n`,
    (whole) => whole.slice(0, Math.floor(random() * whole.length)),
    (whole) => whole.replaceAll('\n', '\r\n'),
    (whole) => whole.replace(/^H/m, `H??X-Chunk: ${'c'.repeat(2047 - 12)}RP:chunk@example.net\nH`),
    (whole) => whole.replace(/^R/m, `Rnocolon\nR${'r'.repeat(300)}:far@example.net\nR`),
    (whole) => whole.replace(/^N.*\n/m, 'Nx\n').replace(/^K.*\n/m, 'K-1\n'),
  ];
  return pick(random, spoilers)(text);
}

/** Jobs of each kind with their data files, for any program of the directory's group. */
export function fillSpool(directory: string, random: Random, count: number, odd: Odd = {}): string[] {
  const { uid, gid } = fs.statSync(directory);
  return Array.from({ length: count }, (_, number) => {
    const id = `${pick(random, ['6AKN', 'x', '6akNAoW_'])}${number}`;
    const kind = pick(random, ['qf', 'qf', 'qf', 'hf', 'Qf']);
    let text = randomControlText(random, odd);
    if (kind === 'hf') text = text.replace(/^S/m, `q${pick(random, ['spam', 'reason one', 'held: by hand'])}\nS`);
    const body = 'b'.repeat(Math.floor(random() * 5000));
    for (const [name, content] of [
      [kind, text],
      ['df', body],
    ] as const) {
      const file = path.join(directory, name + id);
      fs.writeFileSync(file, content, 'latin1');
      fs.chmodSync(file, 0o660);
      fs.chownSync(file, uid, gid);
    }
    return kind + id;
  });
}
