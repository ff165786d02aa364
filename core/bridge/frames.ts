/**
 * The frames of a socket between a window and the agent, one JSON text each:
 *
 *   window -> agent   {"id":7,"call":"queue:hold","args":[["6AKNAoWd001945"]]}
 *   agent -> window   {"id":7,"ok":true,"value":["done"]}   or   {"id":7,"ok":false,"message":"..."}
 *   agent -> window   {"event":"queue:changed","value":{...}}
 *
 * A text that is no such frame is a broken or hostile window: parse gives null, the carrier hangs up.
 */
import { CALLS, type Calls, type Events, type Handlers } from './contract.js';

export interface CallFrame {
  readonly id: number;
  readonly call: string;
  readonly args: readonly unknown[];
}

export function parseCallFrame(text: string): CallFrame | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { id, call, args } = value as Record<string, unknown>;
  if (typeof id !== 'number' || !Number.isSafeInteger(id)) return null;
  if (typeof call !== 'string' || !Array.isArray(args)) return null;
  return { id, call, args };
}

/** Ask the handler and put its answer, or its refusal in words, into a frame. Never rejects. */
export async function answerCall(handlers: Handlers, frame: CallFrame): Promise<string> {
  if (!Object.hasOwn(CALLS, frame.call))
    return refusal(frame.id, `There is no call named ${JSON.stringify(frame.call)}.`);
  try {
    const value = await handlers[frame.call as keyof Calls](...frame.args);
    return JSON.stringify({ id: frame.id, ok: true, value });
  } catch (error) {
    return refusal(frame.id, error instanceof Error && error.message !== '' ? error.message : 'That did not work.');
  }
}

export function eventFrame(event: keyof Events, value: unknown): string {
  return JSON.stringify({ event, value });
}

function refusal(id: number, message: string): string {
  return JSON.stringify({ id, ok: false, message });
}
