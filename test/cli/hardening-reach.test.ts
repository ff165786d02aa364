/**
 * What one submission reaches for, seen from the kernel: its own files and the few of the system
 * that every program reads. No address, flag, variable or file around it adds to them, no shell or
 * other program is started, and no socket is made, whatever the network is like.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { BIN, createHome, type OuttrayHome } from '../support/outtray-home.js';
import { runTraced, type Trace, whyNoTrace } from '../support/traced.js';

const SENDMAIL = path.join(BIN, 'sendmail');
const MESSAGE = 'Subject: lunch\n\nHello.\n';

/** What the loader, the runtime and the C library read, the password file, the time zone. */
const OF_THE_SYSTEM =
  /^(?:\/etc\/(?:ld\.so\.(?:cache|preload)|localtime|passwd)|\/(?:usr\/)?lib(?:64)?\/.*|\/usr\/share\/zoneinfo\/.*|\/proc\/(?:self|sys)\/.*|\/sys\/.*|\/dev\/(?:null|urandom))$/;

const noTrace = whyNoTrace();

describe.skipIf(noTrace !== null)(`a submission reaches${noTrace === null ? '' : ` (skipped: ${noTrace})`}`, () => {
  it('for the spool, the settings, the log and nothing else', async () => {
    const { home, cwd } = createCorner();

    const trace = await submit(home, cwd, ['-i', 'bob@example.net']);

    expect(trace.status).toBe(0);
    expectModest(trace, home);
    expect(home.files().map((name) => name.slice(0, 2))).toEqual(['df', 'qf']);
  });

  it.each([
    '|touch mark',
    '"|touch mark"@example.net',
    '/etc/passwd',
    'mark',
    './mark',
    ':include:/etc/shadow',
    '\\alice',
    '`touch mark`@example.net',
    '$(touch mark)@example.net',
    'x;touch mark@example.net',
    '../../../../etc/shadow@example.net',
    '-X/tmp/outtray-mark@example.net',
    '-C/etc/shadow@example.net',
    '-OQueueDirectory=/tmp/outtray-mark@example.net',
    '-be@example.net',
    'bob@example.net\n.\nQUIT',
    'bob@%n%n%s',
  ])('for no more because of the address %j', async (address) => {
    const { home, cwd } = createCorner();

    const operand = await submit(home, cwd, ['-i', '--', address]);
    const field = await submit(home, cwd, ['-i', '-t'], `To: ${address.replaceAll('\n', '\n ')}\n${MESSAGE}`);

    for (const trace of [operand, field]) expectModest(trace, home);
    expect(fs.readdirSync(cwd).sort()).toEqual(HOSTILE_NAMES);
  });

  it.each([
    ['-X./mark', '-X/tmp/outtray-mark'],
    ['-D./mark', '-d0-99.127'],
    ['-oA/etc/shadow', '-OAliasFile=/etc/shadow'],
    ['-OStatusFile=./mark', '-OHostStatusDirectory=./mark'],
    ['-OForwardPath=./mark', '-OUserDatabaseSpec=/etc/shadow'],
    ['-OHelpFile=/etc/shadow', '-OErrorHeader=/etc/shadow'],
    ['-OPidFile=./mark', '-OControlSocketName=./mark'],
    ['-OServiceSwitchFile=/etc/shadow', '-OHostsFile=/etc/shadow'],
    ['-OSafeFileEnvironment=.', '-ODeadLetterDrop=./mark'],
    ['-OCACertFile=/etc/shadow', '-OServerKeyFile=/etc/shadow'],
    ['-F/etc/shadow', '-f|touch mark'],
    ['-L../../mark', '-p/etc/shadow:/etc/shadow'],
    ['-V/etc/shadow', '-h1'],
    ['-Ac', '-Am'],
    ['-M{x}/etc/shadow', '-oMrSMTP'],
  ])('for no more because of the flags %s and %s', async (...flags) => {
    const { home, cwd } = createCorner();

    const trace = await submit(home, cwd, [...flags, '-i', 'bob@example.net']);

    expectModest(trace, home);
    expect(fs.readdirSync(cwd).sort()).toEqual(HOSTILE_NAMES);
  });

  it('for no more because of what lies in the directory it is called in, a script of the name of a recipient among it', async () => {
    const { home, cwd } = createCorner();

    const trace = await submit(home, cwd, ['-i', 'bob.js']);

    expect(trace.status).toBe(0);
    expectModest(trace, home);
  });

  it.each([
    ['BUN_OPTIONS', '--version'],
    ['BUN_OPTIONS', '--preload=./evil.js --inspect=127.0.0.1:0'],
    ['BUN_OPTIONS', '--cpu-prof --heap-prof'],
    ['BUN_BE_BUN', '1'],
    ['BUN_INSPECT', 'ws://127.0.0.1:0/x'],
    ['BUN_INSPECT_PRELOAD', './evil.js'],
    ['BUN_INSPECT_CONNECT_TO', '/tmp/outtray-mark'],
    ['BUN_BYTECODE_ORDER_OUT', './mark'],
    ['BUN_RUNTIME_TRANSPILER_CACHE_PATH', './mark'],
    ['NODE_OPTIONS', '--require=./evil.js'],
    ['NODE_PATH', '.'],
    ['NODE_V8_COVERAGE', './mark'],
    ['NODE_CHANNEL_FD', '0'],
    ['NODE_EXTRA_CA_CERTS', '/etc/shadow'],
    ['SSLKEYLOGFILE', './mark'],
    ['TMPDIR', './'],
    ['PATH', '.'],
    ['SHELL', './evil.js'],
    ['MAIL', '/etc/shadow'],
    ['HOSTALIASES', '/etc/shadow'],
    ['LOCALDOMAIN', 'example.com'],
    ['RES_OPTIONS', 'debug'],
  ])('for no more because of %s=%s', async (name, value) => {
    const { home, cwd } = createCorner();

    const trace = await submit(home, cwd, ['-i', 'bob@example.net'], MESSAGE, { [name]: value });

    expect(trace).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expectModest(trace, home);
    expect(home.files()).toHaveLength(2);
    expect(fs.readdirSync(cwd).sort()).toEqual(HOSTILE_NAMES);
  });

  // The C library opens whatever TZ names before any of us runs.
  it.each(['../../../../etc/shadow', './mark', 'Europe/Berlin', ':/etc/shadow', ':/dev/zero'])(
    'for the zone file that TZ=%s names and takes nothing else for one',
    async (zone) => {
      const { home, cwd } = createCorner();

      const trace = await submit(home, cwd, ['-i', 'bob@example.net'], MESSAGE, { TZ: zone });

      expect(trace).toMatchObject({ status: 0, stdout: '', stderr: '' });
      expectModest({ ...trace, read: trace.read.filter((name) => `:${name}` !== zone) }, home);
      const control = fs.readFileSync(path.join(home.spool, home.files()[1] ?? ''), 'latin1');
      expect(control).toMatch(
        zone.startsWith('Europe') ? /^H\?D\?Date: .* \+0[12]00$/m : /^H\?D\?Date: .* (?:GMT|\+0000)$/m,
      );
    },
  );
});

const noNetworkOfOwn = noTrace ?? whyNoNamespace();

describe.skipIf(noNetworkOfOwn !== null)(
  `a submission without a world${noNetworkOfOwn === null ? '' : ` (skipped: ${noNetworkOfOwn})`}`,
  () => {
    it('does what it does with one: no socket, the same files, whether network, names, keyring and agent are there or not', async () => {
      const relay = { host: 'smtp.example.org', port: 465, security: 'tls', auth: { method: 'password', user: 'me' } };
      const settings = { relays: { home: relay }, defaultRelay: 'home' };
      const here = createHome(settings);
      const nowhere = createHome(settings);
      const deadBus = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent/bus', XDG_RUNTIME_DIR: '/nonexistent' };

      const connected = await runTraced([SENDMAIL, '-i', 'bob@example.net'], MESSAGE, here.env, '/');
      const alone = await runTraced(
        ['unshare', '--net', SENDMAIL, '-i', 'bob@example.net'],
        MESSAGE,
        { ...nowhere.env, ...deadBus },
        '/',
      );

      expect([connected.status, alone.status]).toEqual([0, 0]);
      expect([...connected.network, ...alone.network]).toEqual([]);
      expect(alone.executed).toEqual(['/usr/bin/unshare', SENDMAIL]);
      expect(namesIn(alone.written, nowhere)).toEqual(namesIn(connected.written, here));
      expect(namesIn(alone.read, nowhere)).toEqual(expect.arrayContaining(namesIn(connected.read, here)));
    });
  },
);

const HOSTILE: Readonly<Record<string, string>> = {
  '.env': 'OUTTRAY_HOME=/tmp/outtray-mark\nHOME=/tmp/outtray-mark\n',
  '.npmrc': 'script-shell=./evil.js\n',
  'bob.js': "require('node:fs').writeFileSync('mark', 'ran');\n",
  'bunfig.toml': 'preload = ["./evil.js"]\n[run]\npreload = ["./evil.js"]\n',
  'evil.js': "require('node:fs').writeFileSync('mark', 'ran');\n",
  'jsconfig.json': '{ "compilerOptions": { "paths": { "*": ["./evil.js"] } } }\n',
  'package.json': '{ "imports": { "#x": "./evil.js" }, "type": "module", "main": "evil.js" }\n',
  'settings.json': '{ "hostname": "evil.example.com" }\n',
  'tsconfig.json': '{ "compilerOptions": { "paths": { "*": ["./evil.js"] } } }\n',
};
const HOSTILE_NAMES = [...Object.keys(HOSTILE), 'node_modules'].sort();

/** A home, and beside it a directory full of what runtimes like to read. */
function createCorner(): { readonly home: OuttrayHome; readonly cwd: string } {
  const home = createHome();
  const cwd = path.join(home.directory, 'cwd');
  fs.mkdirSync(path.join(cwd, 'node_modules/nodemailer'), { recursive: true });
  fs.writeFileSync(path.join(cwd, 'node_modules/nodemailer/index.js'), HOSTILE['evil.js'] ?? '');
  for (const [name, text] of Object.entries(HOSTILE)) fs.writeFileSync(path.join(cwd, name), text, { mode: 0o755 });
  return { home, cwd };
}

function submit(
  home: OuttrayHome,
  cwd: string,
  args: readonly string[],
  input = MESSAGE,
  env: Readonly<Record<string, string>> = {},
): Promise<Trace> {
  // strace is found by our PATH, the program by its own.
  const variables = Object.entries({ ...home.env, ...env }).map(([name, value]) => `-E${name}=${value}`);
  return runTraced([...variables, SENDMAIL, ...args], input, { PATH: home.env['PATH'] ?? '' }, cwd);
}

function expectModest({ read, written, executed, forks, network }: Trace, home: OuttrayHome): void {
  const { directory } = home;
  const isOurs = (name: string): boolean => /^\/(?:clientmqueue|log)(?:\/|$)/.test(name.replace(directory, ''));
  const isConfiguration = (name: string): boolean =>
    /^(?:\/(?:settings\.json|aliases))?$/.test(name.replace(directory, ''));
  const isDeadLetter = (name: string): boolean => name === path.join(directory, 'dead.letter');
  expect(read.filter((name) => !isOurs(name) && !isConfiguration(name) && !OF_THE_SYSTEM.test(name))).toEqual([]);
  expect(written.filter((name) => !isOurs(name) && !isDeadLetter(name))).toEqual([]);
  expect(executed).toEqual([SENDMAIL]);
  expect(forks).toBe(0);
  expect(network).toEqual([]);
}

/** What is told apart only by where it happened and which message it was. */
function namesIn(names: readonly string[], home: OuttrayHome): string[] {
  const plain = names.map((name) => name.replace(home.directory, '').replace(/([dtqxhQ]f)\w{10,}$/, '$1'));
  return [...new Set(plain)].sort();
}

function whyNoNamespace(): string | null {
  return spawnSync('unshare', ['--net', 'true']).status === 0 ? null : 'no network namespace of our own (needs root)';
}
