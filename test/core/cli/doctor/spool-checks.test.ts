import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkMessages } from '../../../../core/cli/doctor/spool-checks.js';
import { openSpool } from '../../../../core/spool/directory-spool.js';
import { submit, temporaryDirectory } from '../../spool/support.js';

type Spoil = (file: (letters: string) => string) => void;

function edit(file: string, change: (text: string) => string): void {
  fs.writeFileSync(file, change(fs.readFileSync(file, 'latin1')), 'latin1');
}

const DAMAGE: readonly (readonly [what: string, spoil: Spoil, says: RegExp, remedy: RegExp])[] = [
  [
    'unknown record',
    (file) => edit(file('qf'), (text) => text.replace('\nS', '\nYbad\nS')),
    /unrecognized line/,
    /queue show/,
  ],
  [
    'a header that is none',
    (file) => edit(file('qf'), (text) => text.replace('\nH', '\nHnone\nH')),
    /unrecognized/,
    /show/,
  ],
  ['no end', (file) => edit(file('qf'), (text) => text.slice(0, -9)), /incomplete queue file read/, /Mend it/],
  ['more after the end', (file) => fs.appendFileSync(file('qf'), 'Rx\n'), /bogus queue line/, /queue remove/],
  ['a newer version', (file) => edit(file('qf'), (text) => text.replace('V8', 'V9')), /version/, /newer program/],
  ['a missing body', (file) => fs.rmSync(file('df')), /data file missing/, /Put df.* back/],
  ['a second name', (file) => fs.linkSync(file('qf'), `${file('')}.copy`), /hard link/, /one name/],
  ['a wrong mode', (file) => fs.chmodSync(file('qf'), 0o666), /anybody can write.*mode=666/, /chmod 0600/],
  ['millions of bytes', (file) => fs.truncateSync(file('qf'), 17_000_000), /too large \(17000000 bytes\)/, /show/],
];

describe('doctor', () => {
  it('has no complaint about good messages and counts them', () => {
    const directory = temporaryDirectory();
    submit(directory);
    submit(directory);

    const findings = checkMessages(openSpool(directory), Date.now());

    expect(findings).toEqual([{ check: 'messages', level: 'ok', text: '2 messages: 2 waiting', remedy: '' }]);
  });

  it.each(DAMAGE)(
    'names the file of a message with %s, the reason and the remedy, before and after a run',
    (_, spoil, says, remedy) => {
      const directory = temporaryDirectory();
      const id = submit(directory);
      spoil((letters) => path.join(directory, letters + id));
      const spool = openSpool(directory);

      const before = checkMessages(spool, Date.now()).filter(({ level }) => level === 'problem');
      spool.claim({ id, kind: 'qf' });
      const after = checkMessages(spool, Date.now()).filter(({ level }) => level === 'problem');

      expect(before).toEqual([
        {
          check: 'messages',
          level: 'problem',
          text: expect.stringMatching(says),
          remedy: expect.stringMatching(remedy),
        },
      ]);
      expect(before[0]?.text).toContain(`qf${id} is not sent`);
      expect(after).toHaveLength(1);
      expect(after[0]?.text).toContain(`Qf${id} was set aside`);
      expect(after[0]?.text).toMatch(says);
    },
  );

  it('tells held messages from those refused for good', () => {
    const directory = temporaryDirectory();
    const spool = openSpool(directory);
    for (const reason of ['held: by hand', 'spam', 'failed: 550 no']) {
      const job = spool.claim({ id: submit(directory), kind: 'qf' });
      if (typeof job === 'string') throw new Error(job);
      job.quarantine(reason);
      job.release();
    }

    expect(checkMessages(spool, Date.now())).toEqual([
      {
        check: 'messages',
        level: 'note',
        text: '3 messages: 2 held, 1 refused for good',
        remedy: 'Look with: outtray queue list',
      },
    ]);
  });

  it('names what is no message: debris to know of, hidden mail to mend', () => {
    const directory = temporaryDirectory();
    fs.writeFileSync(path.join(directory, 'dfdebris'), 'x');
    fs.writeFileSync(path.join(directory, `qf${'x'.repeat(19)}`), 'x');

    const findings = checkMessages(openSpool(directory), Date.now() + 3_600_000);

    expect(findings.slice(1).map(({ level, text }) => [level, text])).toEqual([
      ['note', expect.stringContaining(`${directory}/dfdebris: a message body`)],
      ['problem', expect.stringContaining('too long: not listed, not sent')],
    ]);
  });
});
