/**
 * Every recorded submission of the real sendmail, given to the built command as alice gave it: what
 * varies from run to run (test/corpus/README.md) put back to the recorded values, queue files, exit
 * status and standard output must be the same.
 */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ALICE, createLaptop, type Laptop, makeDirectory, whyNoLaptop } from '../support/laptop.js';
import { BIN, untilFiles } from '../support/outtray-home.js';
import { readRecordedCases } from '../support/recorded-cases.js';
import { withoutAttemptOfReports, withoutRun } from '../support/run-free.js';

const OWN_SPOOL = "the spool is alice's own";

/** Why the built command is not asked to do as recorded. */
const NOT_COMPARED: Readonly<Record<string, string>> = {
  '036-dash-t-no-recipients': 'sendmail exits 0 and the mail is gone; we say the same words and exit 64',
  '082-utf8-c1-bytes-everywhere': 'sendmail refuses names and addresses in UTF-8 for some of their bytes',
  '088-utf8-c1-bytes-headers': 'sendmail refuses names in UTF-8 for some of their bytes',
  '108-usage-N-with-q': OWN_SPOOL,
  '110-user-queue-run-denied': OWN_SPOOL,
  '111-user-q30m-denied': OWN_SPOOL,
  '112-user-Q-denied': OWN_SPOOL,
  '114-bi-denied': 'the aliases are her own, and nothing is rebuilt',
  '119-newaliases': 'the aliases are her own, and nothing is rebuilt',
};

/** The relay of the recordings: nothing listens there. */
const SETTINGS = {
  relays: { relay: { host: '127.0.0.1', port: 9, security: 'none' } },
  defaultRelay: 'relay',
  queue: { maxMessageBytes: '0B', minFreeBytes: '0B' },
};

const missing = whyNoLaptop();
const cases = readRecordedCases().filter(({ name }) => NOT_COMPARED[name] === undefined);

describe.skipIf(missing !== null)(
  `the built sendmail, as recorded${missing === null ? '' : ` (skipped: ${missing})`}`,
  () => {
    let laptop: Laptop;
    beforeEach(() => {
      laptop = createLaptop();
    });
    afterEach(() => laptop.remove());

    it.each(cases)('$name', async ({ submission, meta, result }) => {
      const owner = submission.user === 'root' ? 0 : ALICE;
      const home = makeDirectory(path.join(laptop.directory, 'outtray'), 0o700, owner, owner);
      fs.writeFileSync(path.join(home, 'settings.json'), JSON.stringify({ hostname: meta.hostname, ...SETTINGS }), {
        mode: 0o644,
      });

      const command = path.join(laptop.directory, submission.argv0);
      fs.symlinkSync(path.join(BIN, 'outtray'), command);
      const { status, stdout } = await laptop.run([command, ...submission.args], submission.stdin, {
        user: submission.user === 'root' ? 'root' : 'alice',
        env: { ...submission.env, OUTTRAY_HOME: home },
      });

      const spool = path.join(home, 'clientmqueue');
      // The command has ended; the attempt has not.
      if (submission.args.includes('-odb')) await untilFiles(spool, () => isTried(spool));
      const files = readSpool(spool);
      const ours = {
        files,
        exit: status,
        stdout: stdout.replaceAll(laptop.home, '/home/alice').replaceAll(home, '/var/spool'),
      };
      const { stderr: _, ...theirs } = { ...result, files: withoutAttemptOfReports(result.files) };
      expect(withoutRun(ours)).toEqual(withoutRun(theirs));
    });
  },
);

function readSpool(spool: string): Record<string, string> {
  const names = fs.existsSync(spool) ? fs.readdirSync(spool).sort() : [];
  return Object.fromEntries(names.map((name) => [name, fs.readFileSync(path.join(spool, name), 'latin1')]));
}

/** Nothing is being written any more. */
function isTried(spool: string): boolean {
  const names = fs.readdirSync(spool);
  if (names.some((name) => name.startsWith('tf'))) return false;
  return names.some((name) => name.startsWith('qf') && /^N1$/m.test(fs.readFileSync(path.join(spool, name), 'latin1')));
}
