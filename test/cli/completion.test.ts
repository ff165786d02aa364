/**
 * Shell completion, asked of the shells themselves: bash through its own variables, zsh with what collects
 * its matches listened to, fish through `complete -C`.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { BIN, createHome, type OuttrayHome } from '../support/outtray-home.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

/** Reads the script in `$1`; the words of the line follow, the last one unfinished. Prints what is offered, a line each. */
const ASK: Readonly<Record<Shell, readonly string[]>> = {
  bash: [
    'bash',
    '--norc',
    '-c',
    `source "$1"; shift
     COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
     "$(complete -p "$1" | sed 's/.*-F \\([^ ]*\\).*/\\1/')"
     printf '%s\\n' "\${COMPREPLY[@]}"`,
    'bash',
  ],
  zsh: [
    'zsh',
    '-f',
    '-c',
    `script=$1; shift
     compdef() { handler=$1 }
     compadd() {
       while [[ $1 == -* ]]; do case $1 in -a) shift; print -l -- \${(P)1}; return ;; --) shift; break ;; *) shift ;; esac; done
       print -l -- "$@"
     }
     _describe() { print -l -- \${\${(P)2}%%:*} }
     _files() { }
     source $script
     words=("$@"); CURRENT=$#words; service=$1
     $handler | while read -r match; do [[ $match == $words[-1]* ]] && print -r -- $match; done`,
    'zsh',
  ],
  fish: ['fish', '--no-config', '-c', `source $argv[1]; complete -C "$argv[2..]" | string split -f1 \\t`],
};

const CASES: readonly (readonly [line: readonly string[], offered: readonly string[]])[] = [
  [
    ['outtray', 're'],
    ['relay', 'resume'],
  ],
  [
    ['outtray', 'help', 'p'],
    ['pause', 'practice'],
  ],
  [
    ['outtray', 'relay', ''],
    ['add', 'list', 'password', 'remove', 'test'],
  ],
  [
    ['outtray', 'relay', 'test', ''],
    ['home', 'work'],
  ],
  [['outtray', 'relay', 'test', 'w'], ['work']],
  [['outtray', 'relay', 'add', 'x', '--h'], ['--host']],
  [['outtray', 'relay', 'add', 'x', '--security', 's'], ['starttls']],
  [['outtray', 'agent', '--p'], ['--practice']],
  [
    ['outtray', 'agent', 're'],
    ['reload', 'restart'],
  ],
  [
    ['outtray', 'agent', 'start', '--'],
    ['--json', '--practice'],
  ],
  [['outtray', 'man', 's'], ['sendmail']],
  [['outtray', 'pause', ''], []],
  [['sendmail', '-bs'], ['-bs']],
  [
    ['sendmail', '-od'],
    ['-odb', '-odd', '-odi', '-odq'],
  ],
];

describe.each(SHELLS)('completion in %s', (shell) => {
  const why = spawnSync(shell, ['--version']).error === undefined ? '' : ` (skipped: no ${shell} here)`;

  it.skipIf(why !== '')(`offers what may follow, relays and messages by name${why}`, async () => {
    const home = createHome();
    const relay = { host: '127.0.0.1', port: 25, security: 'none' };
    home.writeSettings({ relays: { home: relay, work: relay } });
    for (const user of ['ann', 'bob']) await home.run('sendmail', ['-i', `${user}@example.org`], 'Subject: hi\n\nhi\n');
    const ids = home.files().flatMap((name) => /^qf(.*)/.exec(name)?.[1] ?? []);
    const script = path.join(home.directory, `script.${shell}`);
    fs.writeFileSync(script, (await home.run('outtray', ['completion', shell])).stdout);
    const cases: typeof CASES = [
      ...CASES,
      [['outtray', 'queue', 'show', ''], [...ids].sort()],
      [['outtray', 'queue', 'remove', ids[0] ?? '', ''], [...ids, 'all'].sort()],
    ];

    const offered = cases.map(([words]) => [words, ask(shell, script, words, home)]);

    expect(offered).toEqual(cases);
  });
});

function ask(shell: Shell, script: string, words: readonly string[], home: OuttrayHome): string[] {
  const [program = '', ...args] = ASK[shell];
  const { stdout, stderr } = spawnSync(program, [...args, script, ...(shell === 'fish' ? [words.join(' ')] : words)], {
    encoding: 'utf8',
    cwd: home.directory,
    env: { ...home.env, PATH: `${BIN}:${home.env['PATH'] ?? ''}` },
  });
  const lines = `${stdout}${stderr}`.split('\n');
  return lines.filter((line) => line !== '').sort();
}
