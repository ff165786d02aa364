/**
 * One command line, twice: the real sendmail and the built one, each with a queue of its own that is
 * empty before. What varies from run to run is put into words in both results.
 */
import fs from 'node:fs';
import path from 'node:path';
import { ALICE, createLaptop, makeDirectory } from './laptop.js';
import { BIN } from './outtray-home.js';
import { createRealSendmail, type SendmailRunAs } from './real-sendmail.js';
import { type Outcome, withoutAttemptOfReports, withoutRun } from './run-free.js';

export interface CommandPeer {
  run(
    args: readonly string[],
    stdin: string,
    as: SendmailRunAs & { readonly user: 'root' | 'alice' },
  ): Promise<{ readonly theirs: CommandOutcome; readonly ours: CommandOutcome }>;
  stop(): void;
}

export interface CommandOutcome extends Outcome {
  readonly stderr: string;
}

/** Nothing listens there. */
const RELAY_PORT = 9;
const SETTINGS = {
  hostname: 'laptop.example.org',
  relays: { relay: { host: '127.0.0.1', port: RELAY_PORT, security: 'none' } },
  defaultRelay: 'relay',
  queue: { maxMessageBytes: '0B', minFreeBytes: '0B' },
};

export function startCommandPeer(): CommandPeer {
  const real = createRealSendmail(RELAY_PORT);
  const laptop = createLaptop();
  const homes = {
    root: makeHome(laptop.directory, 'root', 0),
    alice: makeHome(laptop.directory, 'alice', ALICE),
  };
  for (const name of ['sendmail', 'mailq', 'newaliases', 'hoststat', 'purgestat', 'smtpd'])
    fs.symlinkSync(path.join(BIN, 'outtray'), path.join(laptop.directory, name));
  return {
    async run(args, stdin, as) {
      const { argv0 = 'sendmail', user } = as;
      emptyDirectory(real.spoolDirectory);
      const their = await real.run(args, stdin, as);
      const theirs = outcome(their, real.spoolDirectory, real.home, [
        [real.spoolDirectory, '/var/spool/clientmqueue'],
        [path.join('/usr/libexec/sendmail', argv0), argv0],
      ]);

      const home = homes[user];
      const spool = path.join(home, 'clientmqueue');
      if (fs.existsSync(spool)) emptyDirectory(spool);
      const command = path.join(laptop.directory, argv0);
      const our = await laptop.run([command, ...args], stdin, { ...as, env: { ...as.env, OUTTRAY_HOME: home } });
      const ours = outcome(our, spool, laptop.home, [
        [spool, '/var/spool/clientmqueue'],
        [command, argv0],
      ]);
      return { theirs, ours };
    },
    stop() {
      real.remove();
      laptop.remove();
    },
  };
}

function makeHome(directory: string, user: string, id: number): string {
  const home = makeDirectory(path.join(directory, `outtray-${user}`), 0o700, id, id);
  fs.writeFileSync(path.join(home, 'settings.json'), JSON.stringify(SETTINGS), { mode: 0o644 });
  return home;
}

function emptyDirectory(directory: string): void {
  for (const name of fs.readdirSync(directory)) fs.unlinkSync(path.join(directory, name));
}

function outcome(
  { status, stdout, stderr }: { readonly status: number | null; readonly stdout: string; readonly stderr: string },
  spool: string,
  home: string,
  places: readonly (readonly [place: string, words: string])[],
): CommandOutcome {
  const names = fs.existsSync(spool) ? fs.readdirSync(spool).sort() : [];
  const files = Object.fromEntries(names.map((name) => [name, fs.readFileSync(path.join(spool, name), 'latin1')]));
  const letter = path.join(home, 'dead.letter');
  if (fs.existsSync(letter)) {
    files['dead.letter'] = fs.readFileSync(letter, 'latin1').replace(/^(From \S+) .*/, '$1');
    fs.unlinkSync(letter);
  }
  const plain = (text: string): string =>
    places.reduce((all, [place, words]) => all.replaceAll(place, words), text).replaceAll(home, '/home/alice');
  const queue = withoutAttemptOfReports(files);
  return { ...withoutRun({ files: queue, exit: status, stdout: plain(stdout) }), stderr: plain(stderr) };
}
