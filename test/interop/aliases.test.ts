/** One aliases file, read by the real sendmail (its mail system's configuration, which has aliases) and by ours. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkAliasSources } from '../../core/cli/alias-check.js';
import { readAddress } from '../../core/mail/address.js';
import { parseAliasFile } from '../../core/submission/alias-file.js';
import { createAliases } from '../../core/submission/aliases.js';
import { createLaptop, type Laptop } from '../support/laptop.js';
import { whyNoRealSendmail } from '../support/real-sendmail.js';

const missing = whyNoRealSendmail();
const SENDMAIL = '/usr/libexec/sendmail/sendmail';
const HOST = 'laptop.example.org';
const FILE = `# who is who
root: me@example.org,
\tcarol
carol: "Carol C" <carol@example.net>
\tno name here
dup: a@x
dup: b@x
DUP: c@x
empty:
blank:   

  nobody's line
"quoted name": q@x
bob@example.net: remote
# in between
 nobody's either
back: one@x, \\
two@x
multi: a@x, b@x
chain: chain2
chain2: chain3@x, chain4, multi
chain4: chain5
chain5: "Last One" <five@x> (at home)
Root@LAPTOP.example.org: other@x
ann+list: annlist@x
ann+*: annstar@x
ann: ann@x
ok <angle>: brack@x
:nokey
a b: spaces@x
PostMaster: root
blanks : blanks@x
crlf: crlf@x
routed: <@r1,@r2:user@x>
percent: user%far.example
deep+*: detail@x
`;
const NAMES = [
  ...['root', 'ROOT', 'root@localhost', 'Charlie <root>', 'carol', 'dup', '"quoted name"', 'back'],
  ...['multi', 'chain', 'ann', 'ann+list', 'ann+LIST', 'ann+other', 'ann+', 'angle', 'a.b', 'postmaster', 'POSTMASTER'],
  ...['blanks', 'crlf', 'routed', 'percent', 'deep+er', 'multi+tag'],
];

let laptop: Laptop;
let file: string;

beforeAll(() => {
  if (missing !== null) return;
  laptop = createLaptop();
  file = path.join(laptop.directory, 'aliases');
  fs.writeFileSync(file, FILE, { mode: 0o644 });
  fs.mkdirSync(path.join(laptop.directory, 'queue'), { mode: 0o700 });
  fs.writeFileSync(path.join(laptop.directory, 'service.switch'), 'hosts files\naliases files\n');
  fs.writeFileSync(path.join(laptop.directory, 'mta.cf'), configuration(laptop.directory));
});

afterAll(() => laptop?.remove());

describe.skipIf(missing !== null)(`an aliases file${missing === null ? '' : ` (${missing})`}`, () => {
  it('is complained of as newaliases complains', async () => {
    const { stdout } = await sendmail('-bi');

    const [source] = checkAliasSources(
      [file],
      { file: path.join(laptop.directory, 'settings.json'), byFlag: false },
      HOST,
    );

    const ours = (source?.problems ?? []).map(({ line, words }) => `${file}: line ${line}: ${words}`);
    expect(ours).toEqual(complaintsOf(stdout));
    expect(ours).toHaveLength(8);
  });

  it('has as many aliases, and as long ones', async () => {
    const { stdout } = await sendmail('-bi');

    const { entries } = parseAliasFile(FILE, HOST);
    const longest = Math.max(...entries.map(({ value }) => value.length));
    const total = entries.reduce((sum, { key, value }) => sum + key.length + value.length, 0);

    expect(stdout).toContain(`${entries.length} aliases, longest ${longest} bytes, ${total} bytes total\n`);
  });

  it('leads from each name to the same addresses by the same steps', async () => {
    const printed: string[] = [];
    for (const name of NAMES) printed.push((await sendmail('-bv', '-v', name)).stdout);
    const theirs = printed
      .join('')
      .split('\n')
      .flatMap((line) => {
        const user = /^.* user (.*)$/.exec(line)?.[1];
        return line.includes('... aliased to ') ? [line] : user === undefined ? [] : [user];
      });

    const aliases = createAliases(() => [parseAliasFile(FILE, HOST)], HOST);
    const ours = NAMES.flatMap((name) => {
      const { steps = [], recipients = [] } = aliases.expand(readAddress(name, null, HOST)) ?? {};
      return [...steps, ...recipients.map(({ address }) => address?.user ?? '')];
    });

    expect([...new Set(ours)].sort()).toEqual([...new Set(theirs)].sort());
    expect(ours).toContain('five@x');
  });
});

function sendmail(...words: readonly string[]) {
  return laptop.run([SENDMAIL, '-C', path.join(laptop.directory, 'mta.cf'), ...words]);
}

function complaintsOf(output: string): string[] {
  return output.split('\n').filter((line) => /: line \d+: /.test(line));
}

function configuration(directory: string): string {
  const cf = '/usr/share/sendmail/cf';
  const input = `divert(-1)
include(\`${cf}/m4/cf.m4')
divert(0)
OSTYPE(\`linux')
define(\`confDOMAIN_NAME', \`${HOST}')
define(\`ALIAS_FILE', \`${directory}/aliases')
define(\`QUEUE_DIR', \`${directory}/queue')
define(\`confPID_FILE', \`${directory}/pid')
define(\`STATUS_FILE', \`${directory}/statistics')
define(\`confSERVICE_SWITCH_FILE', \`${directory}/service.switch')
define(\`confDONT_BLAME_SENDMAIL', \`AssumeSafeChown,MapInUnsafeDirPath,GroupWritableDirPathSafe')
FEATURE(\`nocanonify')
MAILER(\`local')
MAILER(\`smtp')
`;
  return spawnSync('m4', [`-D_CF_DIR_=${cf}/`], { input, encoding: 'utf8' }).stdout;
}
