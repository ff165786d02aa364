import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openJob } from '../../../core/spool/create-job.js';
import { findLeftovers } from '../../../core/spool/leftovers.js';
import { holdLock, names, submit, temporaryDirectory } from './support.js';

const HOUR = 3_600_000;

function found(directory: string, now = Date.now() + HOUR): Record<string, string> {
  return Object.fromEntries(findLeftovers(directory, now).map(({ file, problem }) => [path.basename(file), problem]));
}

function touch(directory: string, ...files: string[]): void {
  for (const file of files) fs.writeFileSync(path.join(directory, file), 'x');
}

describe('what lies in a spool and is no message', () => {
  it('is not to be found among good messages, whatever they have with them', () => {
    const directory = temporaryDirectory();
    const id = submit(directory);
    touch(directory, `xf${id}`, 'README', 'qf');

    expect(found(directory)).toEqual({});
  });

  it('is a body, a control file or notes without their message, once nobody can be working on them', () => {
    const directory = temporaryDirectory();
    const id = submit(directory);
    touch(directory, 'dfa', 'tfb', 'Tfc', 'xfd', `tf${id}`);

    expect(found(directory, Date.now())).toEqual({});
    expect(found(directory)).toEqual({
      dfa: expect.stringContaining('without its control file'),
      tfb: expect.stringContaining('not finished'),
      Tfc: expect.stringContaining('not finished'),
      xfd: expect.stringContaining('gone'),
      [`tf${id}`]: expect.stringContaining('the message itself is whole'),
    });
    expect(findLeftovers(directory, Date.now() + HOUR).every(({ debris }) => debris)).toBe(true);
  });

  it('is no control file that somebody is writing', async () => {
    const directory = temporaryDirectory();
    touch(directory, 'tfb');
    await holdLock(path.join(directory, 'tfb'), 'exclusive');

    expect(found(directory)).toEqual({});
  });

  it.skipIf(process.platform === 'win32')('is anything in the place of a control file or a body', () => {
    const directory = temporaryDirectory();
    const id = submit(directory);
    const at = (name: string): string => path.join(directory, name);
    fs.mkdirSync(at('qfdirectory'));
    fs.symlinkSync('/etc/hostname', at('hflink'));
    execFileSync('mkfifo', [at('Qffifo')]);
    const server = net.createServer().listen(at('qfsocket'));
    onTestFinished(() => void server.close());
    fs.rmSync(at(`df${id}`));
    fs.mkdirSync(at(`df${id}`));

    expect(found(directory, Date.now())).toEqual({
      qfdirectory: expect.stringMatching(/^a directory in the place/),
      hflink: expect.stringMatching(/^a symbolic link in the place/),
      Qffifo: expect.stringMatching(/^a FIFO in the place/),
      qfsocket: expect.stringMatching(/^a socket in the place/),
      [`df${id}`]: `the body of message ${id} is a directory`,
    });
    expect(findLeftovers(directory, Date.now()).some(({ debris }) => debris)).toBe(false);
    expect(names(directory)).toHaveLength(6);
  });

  it('is a message under a name that no listing shows, in the words that sendmail logs', () => {
    const directory = temporaryDirectory();
    touch(directory, `qf${'x'.repeat(19)}`, 'hfa b', 'qfgr\u00fcn');

    const logged = findLeftovers(directory, Date.now()).map(({ logged: words }) => words);

    expect(logged.toSorted()).toEqual([
      `gatherq: qf${'x'.repeat(19)} too long, 21 max characters`,
      expect.stringMatching(/^hfa b: /),
      expect.stringMatching(/^qfgr\\303\\274n: /),
    ]);
  });

  it.skipIf(process.platform !== 'linux')('is named so that no terminal obeys it, whatever bytes its name has', () => {
    const directory = temporaryDirectory();
    const oddNames = ['qf\n', 'df\u001b[31mred', 'qf\u202emoc', 'xf\\'].map((name) => Buffer.from(name));
    for (const name of [...oddNames, Buffer.from('df\u00ff\u00fe', 'latin1'), Buffer.from('qf\u009b1m', 'latin1')])
      fs.writeFileSync(Buffer.concat([Buffer.from(`${directory}/`), name]), 'x');

    const files = findLeftovers(directory, Date.now() + HOUR).map(({ file }) => path.basename(file));

    expect(files).toEqual([
      'df\\033[31mred',
      'df\\377\\376',
      'qf\\012',
      'qf\\2331m',
      'qf\\342\\200\\256moc',
      'xf\\134',
    ]);
  });

  it.skipIf(process.platform === 'win32')('is anything in the place of notes or of what is being written', () => {
    const directory = temporaryDirectory();
    const id = submit(directory);
    for (const name of [`xf${id}`, `tf${id}`, 'dfalone']) fs.mkdirSync(path.join(directory, name));

    expect(found(directory, Date.now())).toEqual({
      [`xf${id}`]: expect.stringContaining('the message cannot be sent'),
      [`tf${id}`]: expect.stringMatching(/^a directory in the place/),
      dfalone: 'a directory in the place of a message body',
    });
    expect(findLeftovers(directory, Date.now()).some(({ debris }) => debris)).toBe(false);
  });

  it('is no body whose submission waits for more, however long', () => {
    const directory = temporaryDirectory();
    openJob(directory);

    expect(found(directory)).toEqual({});
  });

  it('is found though the clock was set back since', () => {
    const directory = temporaryDirectory();
    touch(directory, 'dfa');

    expect(Object.keys(found(directory, Date.now() - HOUR))).toEqual(['dfa']);
  });
});
