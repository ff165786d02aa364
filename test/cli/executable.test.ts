/** The built program as a file: where it is called from, and what lies around there. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { BIN, createHome, runProgram } from '../support/outtray-home.js';
import { startRelay } from '../support/relay.js';

describe('the built commands', () => {
  it('work through a link elsewhere, from any directory', async () => {
    const home = createHome();
    const link = path.join(home.directory, 'sendmail');
    fs.symlinkSync(path.join(BIN, 'sendmail'), link);

    const result = await runProgram(link, ['-i', 'bob@example.org'], 'Subject: x\n\nx\n', home.env, '/');

    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(home.files().map((file) => file.slice(0, 2))).toEqual(['df', 'qf']);
  });

  it.each([
    ['mta', 'sendmail'],
    ['mta', 'outtray'],
  ])('are sendmail through a link %s to %s', async (name, target) => {
    const home = createHome();
    const link = path.join(home.directory, name);
    fs.symlinkSync(path.join(BIN, target), link);

    const result = await runProgram(link, ['mailq', 'bob@example.org'], 'Subject: x\n\nx\n', home.env, '/');

    expect(result).toMatchObject({ status: 0, stdout: '', stderr: '' });
    const control = fs.readFileSync(path.join(home.spool, home.files()[1] ?? ''), 'latin1');
    // Its recipients are all of its words.
    expect(control.match(/^RPFD:.*$/gm)?.sort()).toEqual(['RPFD:bob@example.org', 'RPFD:mailq']);
  });

  it('send at once behind the caller from a copy of any name, too', async () => {
    const relay = await startRelay();
    const settings = {
      relays: { home: { host: 'localhost', port: relay.port, security: 'none' } },
      defaultRelay: 'home',
    };
    const home = createHome(settings);
    const copy = path.join(home.directory, 'sendmail');
    fs.copyFileSync(path.join(BIN, 'outtray'), copy, fs.constants.COPYFILE_FICLONE);

    const result = await runProgram(copy, ['-odb', '-i', 'bob@example.org'], 'Subject: x\n\nx\n', home.env, '/');
    const [mail] = await relay.waitForMessages(1);

    expect(result).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(mail?.rcptTo).toEqual(['bob@example.org']);
    expect(home.log().match(/: from=/g)).toHaveLength(1);
  });

  it('are mailq through a link to mailq, whatever its name', async () => {
    const home = createHome();
    const link = path.join(home.directory, 'mq');
    fs.symlinkSync(path.join(BIN, 'mailq'), link);

    const { stdout } = await runProgram(link, [], '', home.env, '/');

    expect(stdout).toContain('Total requests: 0');
  });

  it('unpack nothing to list and run a queue: the directory for temporary files may be full or noexec', async () => {
    const home = createHome();
    const temporary = path.join(home.directory, 'tmp');
    fs.mkdirSync(temporary);
    const env = { ...home.env, TMPDIR: temporary, BUN_TMPDIR: temporary };
    await runProgram(path.join(BIN, 'sendmail'), ['bob@example.org'], 'Subject: x\n\nx\n', env, '/');

    const listed = await runProgram(path.join(BIN, 'mailq'), [], '', env, '/');
    const run = await runProgram(path.join(BIN, 'sendmail'), ['-Ac', '-qf'], '', env, '/');

    expect(listed.stdout).toContain('Total requests: 1');
    expect(run.status).toBe(0);
    expect(fs.readdirSync(temporary)).toEqual([]);
  });

  it('take no mail by settings that are not there', async () => {
    const home = createHome();
    const missing = path.join(home.directory, 'missing');

    const result = await runProgram(
      path.join(BIN, 'sendmail'),
      ['-C', missing, 'bob@example.org'],
      'x\n',
      home.env,
      '/',
    );

    expect(result).toMatchObject({
      status: 72,
      stdout: `${missing}: line 0: cannot open: No such file or directory\n`,
    });
    expect(home.files()).toEqual([]);
  });

  it('take no orders from files of the directory they are called in', async () => {
    const home = createHome();
    const cwd = path.join(home.directory, 'hostile');
    fs.mkdirSync(cwd);
    const mark = path.join(home.directory, 'mark');
    const order = `require('node:fs').writeFileSync(${JSON.stringify(mark)}, 'ran');\n`;
    fs.writeFileSync(path.join(cwd, 'evil.js'), order);
    fs.writeFileSync(path.join(cwd, 'bunfig.toml'), 'preload = ["./evil.js"]\n[run]\npreload = ["./evil.js"]\n');
    fs.writeFileSync(path.join(cwd, '.env'), `OUTTRAY_HOME=${cwd}\nNODE_OPTIONS=--require=./evil.js\n`);
    fs.writeFileSync(path.join(cwd, 'package.json'), '{ "imports": { "#x": "./evil.js" }, "type": "module" }\n');
    fs.writeFileSync(path.join(cwd, 'tsconfig.json'), '{ "compilerOptions": { "paths": { "*": ["./evil.js"] } } }\n');
    // Without OUTTRAY_HOME the .env would decide, if anybody read it.
    const { OUTTRAY_HOME: _, ...env } = home.env;

    const result = await runProgram(path.join(BIN, 'outtray'), ['settings', 'path'], '', env, cwd);

    expect(result.status).toBe(0);
    expect(result.stdout.startsWith(cwd)).toBe(false);
    expect(fs.existsSync(mark)).toBe(false);
  });
});
