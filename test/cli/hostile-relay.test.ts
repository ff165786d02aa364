/**
 * The table of relays that do what they should not, with the built command: there sockets, streams and errors come in
 * another order than under Node.
 */
import { describe, expect, it } from 'vitest';
import type { Relay } from '../../core/delivery/relay.js';
import { ENDS } from '../support/hostile-ends.js';
import { copies, startDecentRelay } from '../support/hostile-laptop.js';
import { REPLIES } from '../support/hostile-replies.js';
import { ANN, BOB, type Fate, LAST_LINE, MIDDLE } from '../support/hostile-scenario.js';
import { createHome, type OuttrayHome } from '../support/outtray-home.js';
import { relaySettings } from '../support/relay.js';
import { END, raw, startScriptedRelay } from '../support/relay-script.js';

/** Only the clock would end the others, and here it is a real one. */
const SCENARIOS = Object.values({ ...ENDS, ...REPLIES })
  .flat()
  .filter(({ waits }) => waits !== true);

function settings(port: number, client: Partial<Relay> = {}): unknown {
  const { name: _, ...relay } = relaySettings(port, client);
  const passwordCommand = client.auth === undefined ? {} : { passwordCommand: ['echo', 'secret'] };
  return { hostname: 'laptop.example.org', relays: { home: { ...relay, ...passwordCommand } }, defaultRelay: 'home' };
}

function message(big: boolean): string {
  const fill = big ? `${'x'.repeat(99)}\n`.repeat(120_000) : '';
  return `From: me@example.net\nTo: ${ANN}, ${BOB}\nSubject: Hello\n\n${MIDDLE}\n${fill}.\n..\n${LAST_LINE}\n`;
}

function fateOf(home: OuttrayHome): Fate | 'waiting' {
  const kinds = home.files().map((name) => name.slice(0, 2));
  if (kinds.length === 0) return 'sent';
  if (kinds.includes('hf')) return 'failed';
  return kinds.includes('xf') ? 'uncertain' : 'waiting';
}

describe('the built command leaves everybody with one message, in spite of', () => {
  it.each(SCENARIOS)('$what', async ({ script, client, big, fate }) => {
    const relay = await startScriptedRelay(script);
    const home = createHome(settings(relay.port, client));
    await home.run('sendmail', ['-i', '-t'], message(big === true));

    const { stdout, stderr } = await home.run('sendmail', ['-Ac', '-q', '-v']);
    const left = fateOf(home);
    const before = copies(relay.kept);
    const decent = await startDecentRelay(client);
    home.writeSettings(settings(decent.port, client));
    if (left === 'failed') await home.run('outtray', ['queue', 'release', home.files()[0]?.slice(2) ?? '']);
    await home.run('sendmail', ['-Ac', '-q', '-v']);

    const all = [...before, ...copies(decent.kept)];
    const twice = left === 'uncertain' && before.length > 0;
    const expected = [fate].flat().map((one) => (one === 'no session' || one === 'deferred' ? 'waiting' : one));
    expect(expected).toContain(left);
    expect(all.map(({ to }) => to).sort()).toEqual(twice ? [ANN, ANN, BOB, BOB] : [ANN, BOB]);
    expect(new Set(all.map(({ text }) => text)).size).toBe(1);
    expect(home.files()).toEqual([]);
    expect(stdout + stderr).not.toMatch(/[^\r\n -~]/);
  });
});

it('sendmail -v does not call refused for good whom half a refusal put off', async () => {
  const relay = await startScriptedRelay({ rcpt: [raw('550 5.1.1 no su'), END] });
  const home = createHome(settings(relay.port));
  await home.run('sendmail', ['-i', '-t'], message(false));

  const { stdout } = await home.run('sendmail', ['-Ac', '-q', '-v']);

  expect(stdout).not.toContain('User unknown');
});
