/**
 * The agent's side of the contract. A window is not trusted: each argument is parsed here, and
 * nothing but the contract's calls exists. Refusals are sentences fit to show.
 */
import type { Agent } from '../agent.js';
import type { QueueId } from '../queue/entry.js';
import type { Handlers } from './contract.js';

/** More ids than this in one call is not a person's selection. */
const MOST_IDS = 100_000;
const LONGEST_PAUSE_MINUTES = 60 * 24 * 31;

export function createHandlers(agent: Agent): Handlers {
  return {
    'queue:list': async () => agent.entries(),
    'queue:message': async (id) => agent.message(parseId(id)),
    'queue:send': async (ids) => {
      agent.send(ids === null || ids === undefined ? null : parseIds(ids));
      return 'started';
    },
    'queue:hold': async (ids, until) => agent.hold(parseIds(ids), parseInstant(until)),
    'queue:release': async (ids) => agent.release(parseIds(ids)),
    'queue:remove': async (ids) => agent.remove(parseIds(ids)),
    'queue:cancel': async (id) => agent.cancel(parseId(id)),
    'agent:state': async () => agent.state(),
    'agent:pause': async (minutes) => agent.pause(parseMinutes(minutes)),
    'agent:resume': async () => agent.resume(),
    'practice:set': async (on) => {
      if (typeof on !== 'boolean') throw new Error('The practice relay is switched with true or false.');
      return agent.setPractice(on);
    },
  };
}

/** A queue id is a file name's end: nothing that could leave the spool. */
function parseId(value: unknown): QueueId {
  if (typeof value === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(value)) return value;
  throw new Error('That is not a queue id.');
}

function parseIds(value: unknown): QueueId[] {
  if (!Array.isArray(value) || value.length > MOST_IDS) throw new Error('A list of queue ids is needed.');
  return value.map(parseId);
}

/** Milliseconds since the epoch, until the year 9999; undefined: none was given. */
function parseInstant(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && value > 0 && value < 253_402_300_800_000) return value;
  throw new Error('That is not a time that a message can wait for.');
}

function parseMinutes(value: unknown): number | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number' && value > 0 && value <= LONGEST_PAUSE_MINUTES) return value;
  throw new Error('A pause lasts between a minute and a month, or until resumed.');
}
