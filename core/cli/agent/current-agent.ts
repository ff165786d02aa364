/**
 * Commands work with an agent and without one: where one runs it is asked, because it knows what
 * the relays say and shows what changes; where none runs the spool itself is the answer.
 */
import { assemble, type Outtray } from '../../assemble.js';
import type { Calls } from '../../bridge/contract.js';
import { callAgent, NoAgentError } from '../../bridge/control-socket.js';
import { resolvePaths } from '../../system/paths.js';

/** The agent's answer, or null when none runs. An agent's refusal is thrown. */
export async function askAgent<C extends keyof Calls>(
  call: C,
  ...args: Parameters<Calls[C]>
): Promise<ReturnType<Calls[C]> | null> {
  try {
    return await callAgent(resolvePaths(process.env), call, ...args);
  } catch (error) {
    if (error instanceof NoAgentError) return null;
    throw error;
  }
}

/** A one-time address of the Outbox, or null when no agent runs. */
export async function askForDoor(): Promise<string | null> {
  try {
    return await callAgent(resolvePaths(process.env), 'door:open');
  } catch (error) {
    if (error instanceof NoAgentError) return null;
    throw error;
  }
}

/** Spool and settings of this user, without an agent. Throws SpoolError when the spool cannot be used. */
export function ownOuttray(): Outtray {
  return assemble({ env: process.env });
}
