/**
 * The table of rooms: which folder may import which, and which packages. Read from the real
 * import statements (static, type-only, dynamic, re-exports) with a parser. A new room or package is
 * added to RULES on purpose, or not at all.
 */
import fs from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { parseAst } from 'vite';
import { describe, expect, it } from 'vitest';

interface Rule {
  /** Our own files, by folder or file; `type` imports only where it says so. */
  readonly values: readonly string[];
  readonly types?: readonly string[];
  readonly packages: readonly string[];
  /** May import `node:` modules. */
  readonly node: boolean;
}

const room = (values: readonly string[], packages: readonly string[] = [], types: readonly string[] = []): Rule => ({
  values,
  types,
  packages,
  node: true,
});

/** First match wins. Each room may import itself. */
const RULES: readonly (readonly [prefix: string, rule: Rule])[] = [
  ['core/mail/', { ...room([], ['postal-mime']), node: false }],
  ['core/spool/', room(['core/mail/'], ['koffi'])],
  ['core/submission/', room(['core/mail/', 'core/spool/', 'core/config/', 'core/system/'])],
  ['core/delivery/', room(['core/mail/', 'core/credentials/', 'core/system/'], ['nodemailer', 'socks'])],
  [
    'core/queue/',
    room(['core/mail/', 'core/system/', 'core/delivery/relay.ts'], [], ['core/spool/', 'core/delivery/']),
  ],
  ['core/network/', room(['core/system/'], ['systeminformation'], ['core/delivery/', 'core/bridge/contract.ts'])],
  ['core/credentials/', room(['core/system/'], ['keytar'])],
  ['core/config/', room(['core/system/'], ['zod', 'jsonc-parser'])],
  ['core/listener/', room(['core/submission/', 'core/system/'], ['smtp-server'], ['core/credentials/'])],
  [
    'core/practice/',
    room(
      ['core/listener/sessions.ts', 'core/spool/sync-directory.ts', 'core/system/'],
      ['smtp-server'],
      ['core/delivery/'],
    ),
  ],
  ['core/system/', room(['package.json'], ['chokidar', 'koffi'])],
  ['core/bridge/', room(['core/agent.ts', 'core/system/'], ['ws', 'zod'], ['core/'])],
  ['core/cli/', room(['core/'])],
  ['core/', room(['core/'])],
  ['electron/', room(['core/agent.ts', 'core/assemble.ts', 'core/bridge/', 'core/system/'], ['electron'], ['core/'])],
  [
    'renderer/',
    { ...room([], ['react', 'react-dom', 'react-aria-components'], ['core/bridge/contract.ts']), node: false },
  ],
];

/** Slow to load (measured: a millisecond or more each) or native: nothing of them where a program hands us its mail. */
const HEAVY = [
  'postal-mime',
  'nodemailer',
  'socks',
  'zod',
  'chokidar',
  'koffi',
  'keytar',
  'ws',
  'smtp-server',
  'systeminformation',
  ...['stream', 'crypto', 'readline', 'net', 'tls', 'http', 'https', 'worker_threads'].map((name) => `node:${name}`),
];

interface Import {
  readonly from: string;
  readonly kind: 'value' | 'type' | 'dynamic';
  /** A file of ours by its path, or the name of a package. */
  readonly target: string;
  readonly ours: boolean;
}

const root = path.resolve(import.meta.dirname, '..');
const files = ['core', 'electron', 'renderer'].flatMap(sourcesOf);
const imports = files.flatMap(importsOf);

describe('the table of rooms', () => {
  it('lets each file import only what its room may', () => {
    const found = imports.filter((one) => !allowed(one)).map(words);

    expect(found).toEqual([]);
  });

  it('finds every file that an import names', () => {
    const found = imports.filter((one) => one.ours && !fs.existsSync(path.join(root, one.target))).map(words);

    expect(found).toEqual([]);
  });

  it('would notice a forbidden import', () => {
    const forbidden: Import[] = [
      { from: 'core/mail/a.ts', kind: 'type', target: 'core/spool/spool.ts', ours: true },
      { from: 'core/queue/a.ts', kind: 'value', target: 'core/spool/spool.ts', ours: true },
      { from: 'core/delivery/a.ts', kind: 'dynamic', target: 'core/spool/spool.ts', ours: true },
      { from: 'core/submission/a.ts', kind: 'value', target: 'zod', ours: false },
      { from: 'renderer/a.tsx', kind: 'value', target: 'core/bridge/contract.ts', ours: true },
      { from: 'renderer/a.tsx', kind: 'value', target: 'node:fs', ours: false },
      { from: 'core/agent.ts', kind: 'value', target: 'electron', ours: false },
    ];

    expect(forbidden.filter(allowed)).toEqual([]);
  });
});

describe('the submission path', () => {
  it('loads nothing heavy at start', () => {
    const reached = reach('core/cli/main.ts');

    const paths = reached.filter((chain) => HEAVY.includes(packageOf(chain.at(-1) ?? '')));
    expect(reached.map((chain) => chain.at(-1))).toContain('core/spool/create-job.ts');
    expect(paths.map((chain) => chain.join(' -> '))).toEqual([]);
  });
});

describe('an agent', () => {
  it('loads an SMTP server only when it is switched on', () => {
    const reached = reach('core/agent.ts').map((chain) => chain.at(-1) ?? '');

    expect(reached).toContain('core/listener-session.ts');
    expect(reached.filter((target) => packageOf(target) === 'smtp-server')).toEqual([]);
  });
});

describe('core', () => {
  it('has no import cycles', () => {
    expect(cycles()).toEqual([]);
  });
});

function allowed({ from, kind, target, ours }: Import): boolean {
  const found = RULES.find(([prefix]) => from.startsWith(prefix));
  if (found === undefined) return false;
  const [own, rule] = found;
  if (!ours) {
    if (target.startsWith('node:')) return rule.node;
    return rule.packages.includes(packageOf(target));
  }
  const within = (places: readonly string[]) => places.some((place) => target.startsWith(place));
  return target.startsWith(own) || within(rule.values) || (kind === 'type' && within(rule.types ?? []));
}

function sourcesOf(folder: string): string[] {
  return fs
    .readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.d.ts'))
    .map((name) => path.posix.join(folder, name.split(path.sep).join('/')));
}

function importsOf(from: string): Import[] {
  const text = fs.readFileSync(path.join(root, from), 'utf8');
  const found: Import[] = [];
  walk(parseAst(text, { lang: from.endsWith('x') ? 'tsx' : 'ts' }, from), (node) => {
    const kind = kindOf(node);
    const source = node['source'];
    if (kind === null || !isNode(source) || typeof source['value'] !== 'string') return;
    found.push({ from, kind, ...resolve(from, source['value']) });
  });
  return found;
}

function kindOf(node: Node): Import['kind'] | null {
  switch (node['type']) {
    case 'ImportDeclaration':
      return node['importKind'] === 'type' || onlyTypes(node['specifiers'], 'importKind') ? 'type' : 'value';
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      return node['exportKind'] === 'type' || onlyTypes(node['specifiers'], 'exportKind') ? 'type' : 'value';
    case 'ImportExpression':
      return 'dynamic';
    case 'TSImportType':
      return 'type';
    default:
      return null;
  }
}

function onlyTypes(specifiers: unknown, key: string): boolean {
  return (
    Array.isArray(specifiers) && specifiers.length > 0 && specifiers.every((one) => isNode(one) && one[key] === 'type')
  );
}

function resolve(from: string, name: string): { target: string; ours: boolean } {
  if (builtinModules.includes(name)) return { target: `node:${name}`, ours: false };
  if (!name.startsWith('.')) return { target: name, ours: false };
  const plain = path.posix.join(path.posix.dirname(from), name.replace(/\?.*$/, ''));
  const choices = [plain.replace(/\.js$/, '.ts'), plain.replace(/\.js$/, '.tsx'), plain];
  return { target: choices.find((choice) => fs.existsSync(path.join(root, choice))) ?? plain, ours: true };
}

function packageOf(name: string): string {
  const parts = name.split('/');
  return parts.slice(0, name.startsWith('@') ? 2 : 1).join('/');
}

/** Each thing that loading `entry` loads, as the shortest chain of imports to it. */
function reach(entry: string): string[][] {
  const chains = new Map<string, string[]>([[entry, [entry]]]);
  for (const [file, chain] of chains) {
    for (const one of imports) {
      if (one.from !== file || one.kind !== 'value' || chains.has(one.target)) continue;
      chains.set(one.target, [...chain, one.target]);
    }
  }
  return [...chains.values()];
}

/** One line for each cycle of imports at load; type-only imports are gone by then. */
function cycles(): string[] {
  const next = new Map<string, string[]>();
  for (const { from, target, ours, kind } of imports) {
    if (ours && kind === 'value' && from.startsWith('core/')) next.set(from, [...(next.get(from) ?? []), target]);
  }
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): void => {
    const at = trail.indexOf(file);
    if (at >= 0) {
      found.push([...trail.slice(at), file].join(' -> '));
      return;
    }
    if (done.has(file)) return;
    for (const target of next.get(file) ?? []) visit(target, [...trail, file]);
    done.add(file);
  };
  for (const file of next.keys()) visit(file, []);
  return found;
}

type Node = Readonly<Record<string, unknown>>;

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function walk(value: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, visit);
  } else if (isNode(value)) {
    if (typeof value['type'] === 'string') visit(value);
    for (const child of Object.values(value)) walk(child, visit);
  }
}

function words({ from, kind, target }: Import): string {
  return `${from} imports ${target} (${kind})`;
}
