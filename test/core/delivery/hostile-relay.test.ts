/** One session with a relay that does what it should not: what becomes of the message, and what is said of the relay. */
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../core/delivery/delivery.js';
import { RelayError, type RelayProblem } from '../../../core/delivery/relay.js';
import { ENDS } from '../../support/hostile-ends.js';
import { outlast } from '../../support/hostile-laptop.js';
import { REPLIES } from '../../support/hostile-replies.js';
import { ANN, BOB, LAST_LINE, MIDDLE, type Scenario } from '../../support/hostile-scenario.js';
import { relaySettings } from '../../support/relay.js';
import { connect, request } from '../../support/relay-client.js';
import { raw, startScriptedRelay } from '../../support/relay-script.js';

/** A megabyte; twelve are more than the buffers of two sockets hold. */
const FILL = Buffer.from(`${'x'.repeat(98)}\r\n`.repeat(10_000));

interface Seen {
  readonly kinds: readonly string[];
  readonly outcomes: readonly Outcome[];
  readonly problem: RelayProblem | null;
  readonly usable: boolean;
  /** The final dot was about to go out. */
  readonly evidence: boolean;
}

async function play(scenario: Scenario): Promise<Seen> {
  const relay = await startScriptedRelay(scenario.script);
  const settings = relaySettings(relay.port, scenario.client);
  const work = async (): Promise<Seen> => {
    let evidence = false;
    try {
      const delivery = await connect(settings, { getSecret: () => Promise.resolve('secret') });
      const outcomes = await delivery.deliver(
        request([ANN, BOB], {
          openMessage: () => Readable.from(message(scenario.big === true)),
          beforeFinalDot: () => {
            evidence = true;
          },
        }),
      );
      const { usable, problem } = delivery;
      await delivery.close();
      const all = [...outcomes.values()];
      return { kinds: all.map(({ kind }) => kind), outcomes: all, problem, usable, evidence };
    } catch (error) {
      if (!(error instanceof RelayError)) throw error;
      return { kinds: ['no session', 'no session'], outcomes: [], problem: error.problem, usable: false, evidence };
    }
  };
  return scenario.waits === true ? outlast(relay, work) : work();
}

/** As a spool gives it: nothing of a file is there at once. */
async function* message(big: boolean): AsyncGenerator<Buffer> {
  await nextTurn();
  yield Buffer.from(`Subject: Hello\r\n\r\n${MIDDLE}\r\n`);
  for (let megabytes = big ? 12 : 0; megabytes > 0; megabytes -= 1) yield FILL;
  yield Buffer.from(`${LAST_LINE}\r\n`);
}

describe.each(Object.entries({ ...ENDS, ...REPLIES }))('a relay %s', (_, scenarios) => {
  it.each(scenarios)('$what', async (scenario) => {
    const { kinds, evidence, problem, outcomes, usable } = await play(scenario);

    const [kind = ''] = kinds;
    expect([scenario.fate].flat()).toContain(kind);
    expect(kinds).toEqual([kind, kind]);
    expect(evidence).toBe(kind === 'uncertain' || kind === 'sent' || 'dot' in scenario.script);
    if (kind === 'uncertain' || problem !== null) expect(usable).toBe(false);
    if (scenario.problem !== undefined) expect(problem?.kind ?? null).toBe(scenario.problem);
    if (scenario.words !== undefined) expect(problem?.message).toMatch(scenario.words);
    if (scenario.stat !== undefined) expect(outcomes[0]?.reply ?? problem?.stat).toMatch(scenario.stat);
  });
});

describe('a second answer that comes with the go-ahead', () => {
  it.each(['354 go', '250 2.0.0 kept', '550 5.7.1 no'])(
    'is seen before the dot, however quick the message is: %s',
    async (second) => {
      const relay = await startScriptedRelay({ data: [raw(`354 go\r\n${second}\r\n`)] });
      const delivery = await connect(relaySettings(relay.port));
      let evidence = false;

      const outcomes = await delivery.deliver(
        request([ANN], {
          beforeFinalDot: () => {
            evidence = true;
          },
        }),
      );

      expect(outcomes.get(ANN)?.kind).toMatch(/^(?:deferred|failed)$/);
      expect(evidence).toBe(false);
    },
  );
});
