/**
 * A run on a real spool with a relay that does what it should not, then one with a decent relay: nobody goes without
 * the message, and nobody has it twice unless the spool said that it may have been sent.
 */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RelayProblem } from '../../../core/delivery/relay.js';
import { ENDS } from '../../support/hostile-ends.js';
import {
  type Copy,
  copies,
  createHostileLaptop,
  type HostileLaptop,
  outlast,
  startDecentRelay,
} from '../../support/hostile-laptop.js';
import { REPLIES } from '../../support/hostile-replies.js';
import { ANN, BOB, type Fate, type Scenario } from '../../support/hostile-scenario.js';
import { CUT, KEEP, type RelayScript, type ScriptedRelay, startScriptedRelay } from '../../support/relay-script.js';

interface Played {
  readonly laptop: HostileLaptop;
  readonly relay: ScriptedRelay;
  readonly problem: RelayProblem | null;
  readonly fate: Fate;
}

async function play({ script, client, big, waits }: Scenario, whenUncertain?: 'retry' | 'hold'): Promise<Played> {
  const relay = await startScriptedRelay(script);
  const laptop = createHostileLaptop(whenUncertain);
  laptop.aim(relay.port, client);
  laptop.queue({ big });
  const { problem } = await (waits === true ? outlast(relay, () => laptop.run()) : laptop.run());
  return { laptop, relay, problem, fate: fateOf(laptop) };
}

/** As the spool has it. */
function fateOf(laptop: HostileLaptop): Fate {
  const [job] = laptop.jobs();
  if (job === undefined) return 'sent';
  if (job.kind === 'hf') return 'failed';
  if (job.uncertain !== undefined) return 'uncertain';
  return job.control?.attempts === 0 ? 'no session' : 'deferred';
}

async function runAgain(laptop: HostileLaptop, { client }: Scenario): Promise<readonly Copy[]> {
  const decent = await startDecentRelay(client);
  laptop.aim(decent.port, client);
  laptop.wait();
  // What was refused for good goes again when a person wants it to.
  for (const { id, kind } of laptop.jobs()) if (kind === 'hf') laptop.outtray.release(id);
  await laptop.run({ flush: () => false });
  return copies(decent.kept);
}

function addressees(some: readonly Copy[]): string[] {
  return some.map(({ to }) => to).sort();
}

const TABLES = Object.entries({ ...ENDS, ...REPLIES });

describe.each(TABLES)('with a relay %s, a run', (_, scenarios) => {
  it.each(scenarios)('writes down and tells what came of it: $what', async (scenario) => {
    const { laptop, problem, fate } = await play(scenario);

    const [job] = laptop.jobs();
    const [entry] = laptop.told(problem);
    const { attempts, message = '' } = job?.control ?? { attempts: 0 };
    expect([scenario.fate].flat()).toContain(fate);
    expect(job?.uncertain?.recipients.toSorted()).toEqual(fate === 'uncertain' ? [ANN, BOB] : undefined);
    if (scenario.stat !== undefined) {
      const [recipient] = job?.control?.recipients ?? [];
      expect(recipient?.message ?? message).toMatch(scenario.stat);
      expect(laptop.log()).toMatch(scenario.stat);
    }
    if (scenario.words !== undefined && problem !== null) expect(problem.message).toMatch(scenario.words);
    if (fate === 'no session')
      expect([attempts, entry?.state, entry?.reason]).toEqual([0, 'waiting', problem?.message]);
    if (fate === 'uncertain')
      expect(entry).toMatchObject({ state: 'maybe-sent', next: expect.stringContaining('same Message-ID') });
  });

  it.each(scenarios)('and another leave everybody with one message: $what', async (scenario) => {
    const { laptop, relay, fate } = await play(scenario);
    const before = copies(relay.kept);
    const queued = laptop.jobs().flatMap(({ control }) => control?.recipients.map(({ address }) => address) ?? []);
    const messageId = laptop.jobs()[0]?.id;

    const after = await runAgain(laptop, scenario);

    const maybe = fate === 'uncertain' && before.length > 0;
    expect(queued.toSorted()).toEqual(fate === 'sent' ? [] : [ANN, BOB]);
    expect(addressees(before)).toEqual(fate === 'sent' || maybe ? [ANN, BOB] : []);
    expect(addressees(after)).toEqual(fate === 'sent' ? [] : [ANN, BOB]);
    expect(laptop.jobs()).toEqual([]);
    expect(new Set([...before, ...after].map(({ text }) => text)).size).toBe(1);
    if (maybe) expect(after[0]?.text).toContain(`Message-ID: <${messageId}@`);
  });

  it.each(scenarios)('writes nothing that could be taken for something else: $what', async (scenario) => {
    const { laptop, problem } = await play(scenario);

    const { spoolDirectory } = laptop.outtray.paths;
    const lines = fs
      .readdirSync(spoolDirectory)
      .filter((name) => /^[qh]f/.test(name))
      .flatMap((name) => fs.readFileSync(path.join(spoolDirectory, name), 'latin1').split('\n'));
    expect(lines.filter((line) => /^(?:MDeferred: forged|R.*eve@)/.test(line))).toEqual([]);
    expect(lines.join('')).not.toMatch(/[\0\r]/);
    expect(Math.max(0, ...lines.map((line) => line.length))).toBeLessThan(2200);
    expect(laptop.log()).not.toMatch(/[^\n -~]/);
    for (const { reason, next, recipients } of laptop.told(problem))
      expect(JSON.stringify([reason, next, recipients])).not.toMatch(/\\u00|[\u007f-\u009f]/);
  });
});

const UNCERTAIN = [...TABLES.flatMap(([, scenarios]) => scenarios)].filter(({ fate }) => fate === 'uncertain');

describe('where what may have been sent is held', () => {
  it.each(UNCERTAIN)('nobody gets it again until a person says so: $what', async (scenario) => {
    const { laptop, relay } = await play(scenario, 'hold');
    const before = copies(relay.kept);

    const byItself = await runAgain(laptop, scenario);
    const [entry] = laptop.told(null);

    expect(byItself).toEqual([]);
    expect(before.length).toBeLessThanOrEqual(2);
    expect(entry).toMatchObject({ state: 'maybe-sent', next: expect.stringContaining('Ask a recipient') });
  });

  it.each(UNCERTAIN)('it goes when a person says so: $what', async (scenario) => {
    const { laptop } = await play(scenario, 'hold');
    const decent = await startDecentRelay(scenario.client);
    laptop.aim(decent.port, scenario.client);

    await laptop.run();

    expect(addressees(copies(decent.kept))).toEqual([ANN, BOB]);
    expect(laptop.jobs()).toEqual([]);
  });
});

describe('what may have been sent', () => {
  const scenario: Scenario = { what: '', script: { dot: [KEEP, CUT] }, fate: 'uncertain' };

  it.each([
    ['refuses to talk', { greeting: '554 5.7.1 go away' }],
    ['hangs up at MAIL', { mail: [CUT] }],
    ['puts it off at MAIL', { mail: '451 4.3.0 try again' }],
    ['puts both recipients off', { rcpt: '450 4.2.1 busy' }],
    ['loses it once more', { dot: [CUT] }],
  ] satisfies [string, RelayScript][])('stays so while a relay %s', async (_, script) => {
    const { laptop } = await play(scenario);
    const other = await startScriptedRelay(script);
    laptop.aim(other.port);

    const { problem } = await laptop.run();

    expect(laptop.jobs()[0]?.uncertain?.recipients.toSorted()).toEqual([ANN, BOB]);
    expect(laptop.told(problem)[0]?.state).toBe('maybe-sent');
  });
});
