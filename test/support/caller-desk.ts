/**
 * Other people's mail programs, as their packages install them, on the laptop of the recorded
 * cases: alice runs them, they find the built command at one of three places, and what they queue
 * is handed to a real relay. A suite whose program is missing is skipped, its name says why.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { ALICE, createLaptop, fastDirectory, type Laptop, type ProgramResult, whyNoLaptop } from './laptop.js';
import { BIN } from './outtray-home.js';
import { type ReceivedMail, startRelay } from './relay.js';

/** The name compiled into programs. */
export const SYSTEM_SENDMAIL = '/usr/sbin/sendmail';

/** By the program's setting; through a link called sendmail; laid over the system's own. */
export const PLACES = ['the built command', 'a link called sendmail', SYSTEM_SENDMAIL] as const;
export type Place = (typeof PLACES)[number];

export interface QueuedMail {
  /** Control file and data file, one character a byte. */
  readonly control: string;
  readonly body: string;
  /** Forward-paths of its R lines. */
  readonly recipients: readonly string[];
}

export interface Desk {
  readonly home: string;
  /** What the password file says instead of it. */
  readonly passwordHome: string;
  sendmail(place: Place): string;
  /** A file of alice's, under her home. */
  write(name: string, text: string): string;
  /** As alice; input and output one character a byte. */
  run(command: readonly string[], input?: string, env?: Readonly<Record<string, string>>): Promise<ProgramResult>;
  /** In the queue under that home; alice's own when none is named. */
  queued(under?: string): readonly QueuedMail[];
  /** Opens the relay, runs the queue; what came, in its order. */
  deliver(): Promise<readonly ReceivedMail[]>;
}

/** null when there is everything; `programs` are looked for in PATH, or by their path. */
export function whyNoCaller(
  ...programs: readonly (readonly [program: string, debianPackage: string])[]
): string | null {
  for (const [program, debianPackage] of programs) {
    const there = spawnSync('sh', ['-c', 'command -v -- "$0"', program]).status === 0;
    if (!there) return `no ${program} (Debian package ${debianPackage})`;
  }
  if (!fs.existsSync(SYSTEM_SENDMAIL)) return `no ${SYSTEM_SENDMAIL} to lay ours over (Debian package sendmail-bin)`;
  return whyNoLaptop();
}

/** For the title of a suite. */
export function unless(reason: string | null): string {
  return reason === null ? '' : ` (skipped: ${reason})`;
}

/** One laptop for the tests of a file; each gets a fresh home on it. */
export function setUpDesks(): () => Promise<Desk> {
  let laptop: Laptop | null = null;
  beforeAll(() => {
    if (whyNoLaptop() !== null || !fs.existsSync(SYSTEM_SENDMAIL)) return;
    laptop = createLaptop();
    laptop.overlayFile(SYSTEM_SENDMAIL, path.join(BIN, 'sendmail'));
  });
  afterAll(() => laptop?.remove());
  return () => {
    if (laptop === null) throw new Error('no laptop');
    return createDesk(laptop);
  };
}

async function createDesk(laptop: Laptop): Promise<Desk> {
  const home = fs.mkdtempSync(path.join(fastDirectory(), 'outtray-desk-'));
  onTestFinished(() => fs.rmSync(home, { recursive: true, force: true }));
  fs.chownSync(home, ALICE, ALICE);
  const relay = await startRelay();
  await relay.close();
  const write = (name: string, text: string): string => {
    const file = path.join(home, name);
    const first = fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text, 'latin1');
    for (let made = file; made !== home; made = path.dirname(made))
      if (first !== undefined || made === file) fs.chownSync(made, ALICE, ALICE);
    return file;
  };
  const settings = {
    relays: { home: { host: 'localhost', port: relay.port, security: 'none' } },
    defaultRelay: 'home',
  };
  write('.config/outtray/settings.json', JSON.stringify(settings));
  const link = path.join(home, 'sendmail');
  fs.symlinkSync(path.join(BIN, 'sendmail'), link);
  const run: Desk['run'] = (command, input = '', env = {}) =>
    laptop.run(['sh', '-c', 'cd && exec "$@"', 'sh', ...command], input, {
      user: 'alice',
      env: { HOME: home, USER: 'alice', LOGNAME: 'alice', LANG: 'C.UTF-8', ...env },
    });
  return {
    home,
    passwordHome: laptop.home,
    sendmail: (place) =>
      ({ [PLACES[0]]: path.join(BIN, 'sendmail'), [PLACES[1]]: link, [PLACES[2]]: place })[place] ?? place,
    write,
    run,
    queued: (under = home) => readQueue(path.join(under, '.local/share/outtray/clientmqueue')),
    async deliver() {
      await relay.listenAgain();
      await run([SYSTEM_SENDMAIL, '-Ac', '-qf']);
      return relay.received;
    },
  };
}

function readQueue(spool: string): QueuedMail[] {
  const read = (name: string): string => fs.readFileSync(path.join(spool, name), 'latin1');
  const names = fs.existsSync(spool) ? fs.readdirSync(spool).sort() : [];
  return names
    .filter((name) => !name.startsWith('df'))
    .map((name) => {
      const control = read(name);
      return {
        control,
        body: read(`df${name.slice(2)}`),
        recipients: [...control.matchAll(/^R[^:\n]*:(.*)$/gm)].map(([, address = '']) => address),
      };
    });
}

/** Header section and body of what a relay took, without the trace fields of the way, LF line ends. */
export function withoutTrace(raw: Buffer): string {
  const text = raw.toString('latin1').replace(/\r\n/g, '\n');
  const end = text.indexOf('\n\n');
  return text.slice(0, end + 1).replace(/^Received:.*\n(?:[ \t].*\n)*/gim, '') + text.slice(end + 1);
}

/** Of a header field that is there once, unfolded; undefined when it is not there. */
export function field(raw: Buffer, name: string): string | undefined {
  const header = withoutTrace(raw).split('\n\n')[0] ?? '';
  return new RegExp(`^${name}: ?(.*(?:\\n[ \\t].*)*)`, 'im').exec(header)?.[1]?.replace(/\n/g, '');
}

export function body(raw: Buffer): string {
  const text = raw.toString('latin1');
  return text.slice(text.indexOf('\r\n\r\n') + 4);
}
