/** `outtray` itself: finding commands, help, refusals, and settings through commands. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createHome } from '../support/outtray-home.js';

const USAGE = 64;

describe('outtray', () => {
  it('names its commands for a word that is none', async () => {
    const home = createHome();

    const result = await home.run('outtray', ['sned']);

    expect(result.status).toBe(USAGE);
    expect(result.stderr).toMatch(/no command "sned".*agent.*status.*queue.*relay.*doctor/);
  });

  it('does not take words of JavaScript for commands', async () => {
    const home = createHome();

    const result = await home.run('outtray', ['constructor']);

    expect(result.status).toBe(USAGE);
  });

  it.each(['agent', 'open', 'status', 'queue', 'relay', 'pause', 'resume', 'practice', 'settings', 'doctor'])(
    'tells the usage of %s without doing it',
    async (command) => {
      const home = createHome();

      const result = await home.run('outtray', [command, '--help']);

      expect(result).toMatchObject({ status: 0, stderr: '' });
      expect(result.stdout).toContain(`Usage: outtray ${command}`);
      expect(fs.readdirSync(home.directory)).toEqual([]);
    },
  );

  it('answers an option it does not know with its usage', async () => {
    const home = createHome();

    const result = await home.run('outtray', ['status', '--jsno']);

    expect(result.status).toBe(USAGE);
    expect(result.stderr).toContain("Unknown option '--jsno'");
    expect(result.stderr).toContain('Usage: outtray status [--json]');
  });
});

describe('outtray status', () => {
  it('says that no relay is set up and no agent runs', async () => {
    const home = createHome();

    const { status, stdout } = await home.run('outtray', ['status']);

    expect(status).toBe(0);
    expect(stdout).toMatch(/not running; start it with: outtray agent/);
    expect(stdout).toMatch(/mail is accepted and waits/);
  });

  it('has the same facts as JSON', async () => {
    const home = createHome({ relays: { home: { host: '127.0.0.1', port: 1, security: 'none' } } });
    await home.run('sendmail', ['-i', 'bob@example.org'], 'Subject: hello\n\nhello\n');

    const { stdout } = await home.run('outtray', ['status', '--json']);

    expect(JSON.parse(stdout)).toMatchObject({
      running: false,
      counts: { waiting: 1, held: 0 },
      relays: [{ name: 'home', host: '127.0.0.1', port: 1, state: 'unknown' }],
      paused: null,
      spool: home.spool,
    });
  });

  it('names line and key of a setting that is wrong', async () => {
    const home = createHome('{\n  "relays": {},\n  "delivery": { "giveUpAfter": "soon" }\n}\n');

    const { stdout } = await home.run('outtray', ['status']);

    expect(stdout).toMatch(/settings\.json:3: delivery\.giveUpAfter must be a duration/);
  });
});

describe('outtray settings', () => {
  it('finds nothing wrong with settings that are right', async () => {
    const home = createHome({});

    const result = await home.run('outtray', ['settings', 'check', '--json']);

    expect(result.status).toBe(0);
    expect(JSON.parse(result.stdout)).toEqual({ file: path.join(home.directory, 'settings.json'), problems: [] });
  });

  it('ends with EX_CONFIG where something is wrong, and says where', async () => {
    const home = createHome('{\n  "relay": {}\n}\n');

    const result = await home.run('outtray', ['settings', 'check']);

    expect(result.status).toBe(78);
    expect(result.stdout).toBe(`${path.join(home.directory, 'settings.json')}:2: relay is not a setting\n`);
  });

  it('prints a schema that knows the relays', async () => {
    const home = createHome();

    const { stdout } = await home.run('outtray', ['settings', 'schema']);

    expect(JSON.parse(stdout)).toMatchObject({ type: 'object', properties: { relays: { type: 'object' } } });
  });
});

describe('outtray pause and resume', () => {
  it('are remembered without an agent', async () => {
    const home = createHome();
    const paused = async (): Promise<unknown> => {
      const { stdout } = await home.run('outtray', ['status', '--json']);
      return JSON.parse(stdout).paused;
    };

    await home.run('outtray', ['pause']);
    expect(await paused()).toEqual({ until: null });

    await home.run('outtray', ['resume']);
    expect(await paused()).toBeNull();
  });

  it('refuses a pause that is no number of minutes', async () => {
    const home = createHome();

    const result = await home.run('outtray', ['pause', '2h']);

    expect(result.status).toBe(USAGE);
    expect(result.stderr).toContain('"2h" is not a number of minutes');
  });
});

describe('outtray doctor', () => {
  it('finds that no relay is set up', async () => {
    const home = createHome();

    const result = await home.run('outtray', ['doctor', '--json']);

    expect(result.status).toBe(69);
    expect(JSON.parse(result.stdout)).toContainEqual(
      expect.objectContaining({
        check: 'relay',
        level: 'problem',
        remedy: expect.stringContaining('outtray relay add'),
      }),
    );
  });

  it('says so when the spool is a file', async () => {
    const home = createHome();
    fs.writeFileSync(home.spool, '');

    const result = await home.run('outtray', ['doctor']);

    expect(result.status).toBe(69);
    expect(result.stdout).toMatch(/PROBLEM spool .*clientmqueue/);
  });
});
