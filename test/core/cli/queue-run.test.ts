/** `sendmail -q` and `-Q` as functions: what the person at the terminal sees, and what a long runner outlives. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { assemble } from '../../../core/assemble.js';
import { changeQuarantine } from '../../../core/cli/quarantine.js';
import { runQueueCommand } from '../../../core/cli/queue-run.js';
import type { QueueRunOptions } from '../../../core/submission/request.js';
import { answerUpToData, startRawRelay } from '../../support/raw-relay.js';
import { startRelay } from '../../support/relay.js';
import { control } from '../queue/fixtures.js';
import { submit } from '../spool/support.js';

const RUN: QueueRunOptions = {
  filters: [],
  kind: 'qf',
  sort: null,
  verbose: false,
  foreground: true,
  intervalSeconds: null,
  quarantine: null,
  settingsFile: null,
  queueDirectory: null,
};

/** A home whose one relay listens on this port, made this process's own. */
function home(port: number): { readonly directory: string; readonly queue: () => string } {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-queue-run-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true }));
  const settings = { relays: { home: { host: '127.0.0.1', port, security: 'none' } }, defaultRelay: 'home' };
  fs.writeFileSync(path.join(directory, 'settings.json'), JSON.stringify(settings));
  vi.stubEnv('OUTTRAY_HOME', directory);
  onTestFinished(() => void vi.unstubAllEnvs());
  const spool = assemble({ env: process.env }).paths.spoolDirectory;
  return { directory: spool, queue: () => submit(spool, control()) };
}

describe('a queue run by hand', () => {
  it("lets no relay write to the terminal in the transcript's name", async () => {
    const relay = await startRawRelay(async (connection) => {
      await answerUpToData(connection);
      await connection.until('.');
      connection.say('250 \u001b]0;owned\u0007\u001b[2J ok\r\n');
    });
    home(relay.port).queue();
    let shown = '';
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      shown += String(text);
      return true;
    });
    onTestFinished(() => write.mockRestore());

    await runQueueCommand({ ...RUN, verbose: true });

    expect(shown).toContain('Sent (');
    expect(shown).not.toContain('\u001b');
  });
});

describe('a run over what is in quarantine (-qQ)', () => {
  const quarantined = (port: number): { directory: string; id: string } => {
    const { directory, queue } = home(port);
    const id = queue();
    changeQuarantine(assemble({ env: process.env }), RUN, 'spam', () => {});
    return { directory, id };
  };

  it('sends it', async () => {
    const relay = await startRelay();
    const { directory } = quarantined(relay.port);

    await runQueueCommand({ ...RUN, kind: 'hf' });

    expect(relay.received).toHaveLength(1);
    expect(fs.readdirSync(directory)).toEqual([]);
  });

  it('leaves it there when it cannot go, with its reason and what stood in the way', async () => {
    const relay = await startRelay();
    await relay.close();
    const { directory, id } = quarantined(relay.port);

    await runQueueCommand({ ...RUN, kind: 'hf' });

    const file = fs.readFileSync(path.join(directory, `hf${id}`), 'latin1');
    expect(file).toMatch(/\nqspam\nMDeferred: Connection refused/);
    expect(fs.readdirSync(directory).filter((name) => name.startsWith('qf'))).toEqual([]);
  });

  it('does not take what is not in quarantine', async () => {
    const relay = await startRelay();
    const { directory, queue } = home(relay.port);
    queue();

    await runQueueCommand({ ...RUN, kind: 'hf' });

    expect(relay.received).toEqual([]);
    expect(fs.readdirSync(directory)).toHaveLength(2);
  });
});

describe('sendmail -Q without a reason', () => {
  it('changes nothing about messages that are not in quarantine', () => {
    home(25).queue();
    const lines: string[] = [];

    changeQuarantine(assemble({ env: process.env }), { ...RUN, verbose: true }, null, (line) => lines.push(line));

    expect(lines.at(-1)).toBe('No changes');
  });
});
