/** What the relays hear of an agent's runs. */
import { expect, it } from 'vitest';
import type { AgentRelays } from '../../core/agent-relays.js';
import { createAgentRunner } from '../../core/agent-runner.js';
import type { Outtray, OwnRunOptions } from '../../core/assemble.js';
import type { Dispatcher } from '../../core/queue/dispatcher.js';
import type { QueueIndex } from '../../core/queue/queue-index.js';
import { SCHEDULED } from '../../core/queue/runner.js';
import { relaySettings } from '../support/relay.js';

it('says nothing against a relay that the settings name now by what the one of before met', async () => {
  const before = relaySettings(25);
  const now = { ...before, port: 26 };
  const reported: string[] = [];
  let options: OwnRunOptions | undefined;
  const runner = createAgentRunner({
    outtray: {
      relays: { [now.name]: now },
      startRun: async (given: OwnRunOptions) => {
        options = given;
      },
    } as unknown as Outtray,
    index: {} as QueueIndex,
    dispatcher: () => ({}) as Dispatcher,
    relays: {
      report: (name: string, { ok }: { ok: boolean }) => void reported.push(`${name} ${ok}`),
    } as unknown as AgentRelays,
    changed: () => {},
    complain: () => {},
    signal: new AbortController().signal,
  });
  runner.request(SCHEDULED);
  await runner.idle();
  const rejected = { kind: 'auth-rejected', message: 'no', remedy: '', stat: '535 no', status: '4.7.8' } as const;

  options?.onRelay?.(before.name, rejected, before);
  options?.onRelay?.(now.name, null, { ...now });

  expect(reported).toEqual([`${now.name} true`]);
});
