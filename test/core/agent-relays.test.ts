/** What the agent learns about a relay, for the age of mail. */
import { expect, it, onTestFinished } from 'vitest';
import { createAgentRelays } from '../../core/agent-relays.js';
import type { Outtray } from '../../core/assemble.js';
import { busyProblem } from '../../core/delivery/relay.js';
import { systemClock } from '../../core/system/clock.js';
import { relaySettings } from '../support/relay.js';

it('counts a relay that asks for rest as reached, so that what it never takes comes to an end', () => {
  const relay = relaySettings(25);
  const noted: (readonly [string, boolean])[] = [];
  const outtray = {
    relays: { [relay.name]: relay },
    clock: systemClock,
    noteReachable: (name: string, reached: boolean) => void noted.push([name, reached]),
  } as unknown as Outtray;
  const relays = createAgentRelays(
    outtray,
    () => null,
    () => {},
  );
  onTestFinished(() => relays.stop());

  relays.report(relay.name, { ok: false, problem: busyProblem(relay, '450 4.7.0 later', '4.7.0', 300_000) });
  relays.report(relay.name, { ok: false, problem: { kind: 'refused', message: 'no', remedy: '' } });

  expect(noted).toEqual([
    [relay.name, true],
    [relay.name, false],
  ]);
});
