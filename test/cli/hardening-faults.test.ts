/**
 * The built sendmail hit at each step of a submission, by strace: a system call fails, or a signal
 * comes in its midst. Status 0 means that the whole message is queued, any other that nothing of it
 * is left; only after SIGKILL debris may stay, which is no message and stands in nobody's way.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { BIN, createHome, type Finished, type OuttrayHome, runProgram } from '../support/outtray-home.js';
import { whyNoTrace } from '../support/traced.js';

const SENDMAIL = path.join(BIN, 'sendmail');
/** More than is read at once, so that it is stored in pieces. */
const BODY = `${'x'.repeat(99)}\n`.repeat(3000);

const noTrace = whyNoTrace();

/** Steps as the kernel sees them: body, control file, rename, directory. */
const STEPS = [
  ['the body is written', 'write', 1],
  ['the rest of the body is written', 'write', 2],
  ['the body is synced', 'fsync', 1],
  ['the control file is synced', 'fsync', 2],
  ['the control file gets its name', 'rename', 1],
  ['the directory is synced', 'fsync', 3],
] as const;

describe.skipIf(noTrace !== null)(`a submission${noTrace === null ? '' : ` (skipped: ${noTrace})`}`, () => {
  const ERRORS = ['EIO', 'ENOSPC', 'EDQUOT'] as const;
  it.each([
    // A full disk is one of the surroundings; here the other threads of the runtime would be hit, too, and wait.
    [...STEPS[0], 'EIO'] as const,
    ...STEPS.slice(2).flatMap((step) => ERRORS.map((error) => [...step, error] as const)),
  ])('leaves nothing behind when, as %s, %s number %i fails with %s', async (_, call, count, error) => {
    const home = createPrepared();

    const result = await submit(home, [`inject=${call}:error=${error}:when=${count}`]);

    expect(result.status).toBe(error === 'EIO' ? 74 : 75);
    expect(result.stderr).toMatch(new RegExp(`^sendmail: cannot write .*${error}.*send the message again\\.\\n$`));
    expect(home.files()).toEqual([]);
  });

  it('is queued though nothing can be written to the log', async () => {
    const home = createPrepared();
    fs.rmSync(path.join(home.directory, 'log'), { recursive: true });
    fs.writeFileSync(path.join(home.directory, 'log'), '');

    const result = await submit(home, ['inject=mkdir:error=EIO']);

    expect(result).toMatchObject({ status: 0, stderr: '' });
    expectWhole(home);
  });

  it.each(
    STEPS.flatMap(([name, call, count]) =>
      (['SIGTERM', 'SIGINT', 'SIGHUP'] as const).map((signal) => [signal, name, call, count] as const),
    ),
  )('is whole or not at all when %s comes as %s (%s number %i)', async (signal, _, call, count) => {
    const home = createPrepared();

    const { status } = await submit(home, [`inject=${call}:signal=${signal}:when=${count}`]);

    if (status === 0) expectWhole(home);
    else expect(home.files()).toEqual([]);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'])(
    'is whole or not at all when %s comes as its input is read',
    async (signal) => {
      for (const piece of [1, 2, 3]) {
        const home = createPrepared();

        const { status } = await submit(home, ['-P', inputOf(home), `inject=read:signal=${signal}:when=${piece}`]);

        if (status === 0) expectWhole(home);
        else expect(home.files()).toEqual([]);
      }
    },
  );

  it.each([
    ...STEPS.map(([name, call, count]) => [name, [`inject=${call}:signal=SIGPIPE:when=${count}`]] as const),
    ['its words are printed', ['inject=write:error=EPIPE:signal=SIGPIPE:when=1', '-P', '/dev/null']] as const,
  ])('is not disturbed by SIGPIPE as %s', async (_, fault) => {
    const home = createPrepared();

    const { status } = await submit(home, fault);

    expect(status).toBe(0);
    expectWhole(home);
  });

  it.each(STEPS)('that is killed as %s (%s number %i) is whole or debris', async (_, call, count) => {
    const home = createPrepared();

    await submit(home, [`inject=${call}:signal=SIGKILL:when=${count}`]);
    const kinds = home.files().map((name) => name.slice(0, 2));
    const listed = await home.run('mailq', []);
    const next = await home.run('sendmail', ['-i', 'carol@example.net'], 'Subject: next\n\nx\n');

    if (kinds.includes('qf')) expectWhole(home, 2);
    expect(listed.stdout).toContain(`Total requests: ${kinds.includes('qf') ? 1 : 0}\n`);
    expect(next.status).toBe(0);
  });
});

describe('a session of -bs', () => {
  const SESSION = 'EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nSubject: x\r\n\r\nbody\r\n.\r\n';

  it('that is cut off anywhere before its dot leaves nothing behind', async () => {
    const cuts = ['EHLO', 'x\r\nMAIL', 'DATA\r\n', 'Subj', '\r\n\r\n', 'bo', 'body\r\n', 'body\r\n.', 'body\r\n.\r'];
    for (const cut of cuts) {
      const home = createPrepared();

      const result = await home.run('sendmail', ['-bs'], SESSION.slice(0, SESSION.indexOf(cut) + cut.length));

      expect(result.status).toBe(0);
      expect(home.files(), cut).toEqual([]);
    }
  });

  it('whose client reads no answers has its message taken', async () => {
    const home = createPrepared();
    const script = `printf '${SESSION.replaceAll('\r', '\\r').replaceAll('\n', '\\n')}' | "$0" -bs | true`;

    await runProgram('/bin/sh', ['-c', script, SENDMAIL], '', home.env, '/');

    expect(home.files().map((name) => name.slice(0, 2))).toEqual(['df', 'qf']);
  });
});

/** Queue and log are there, so that each step has its number. */
function createPrepared(): OuttrayHome {
  const home = createHome();
  fs.mkdirSync(home.spool, { mode: 0o700 });
  fs.mkdirSync(path.join(home.directory, 'log'));
  fs.writeFileSync(inputOf(home), `Subject: lunch\n\n${BODY}`);
  return home;
}

function inputOf(home: OuttrayHome): string {
  return path.join(home.directory, 'input');
}

/** `fault`: words for strace; `inject=` ones get their -e. */
function submit(home: OuttrayHome, fault: readonly string[]): Promise<Finished> {
  const words = fault.flatMap((word) => (word.startsWith('inject=') ? ['-e', word] : [word]));
  const script = 'input=$1; shift; exec "$@" <"$input"';
  const command = ['strace', '-f', '-qq', '-o', os.devNull, ...words, SENDMAIL, '-i', 'bob@example.net'];
  return runProgram('/bin/sh', ['-c', script, 'sh', inputOf(home), ...command], '', home.env, '/');
}

function expectWhole(home: OuttrayHome, messages = 1): void {
  const controls = home.files().filter((name) => name.startsWith('qf'));
  expect(controls).toHaveLength(messages);
  const [first = ''] = controls;
  expect(fs.readFileSync(path.join(home.spool, first), 'latin1')).toMatch(/^V8\n[\s\S]*\nRPFD:bob@[\s\S]*\n\.\n$/);
  expect(fs.readFileSync(path.join(home.spool, first.replace('qf', 'df')), 'latin1')).toBe(BODY);
  if (messages === 1) expect(home.files()).toHaveLength(2);
}
