/**
 * What a relay does that it should not, and what has to become of a message to ANN and BOB then: rows of the tables
 * hostile-ends.ts and hostile-replies.ts, which delivery/hostile-relay.test.ts plays in one session and
 * queue/hostile-run.test.ts in a run on a spool, with another run after it.
 */
import type { Relay, RelayProblemKind } from '../../core/delivery/relay.js';
import { certificates } from './certificates.js';
import type { Play, RelayScript } from './relay-script.js';

export const ANN = 'ann@example.org';
export const BOB = 'bob@example.org';
export const USER = 'me@example.net';
/** The last line of the message; in the middle of a big one comes MIDDLE. */
export const LAST_LINE = 'This is the end of it.';
export const MIDDLE = 'This is in the middle of it.';

export type Fate = 'no session' | 'sent' | 'deferred' | 'failed' | 'uncertain';

export interface Scenario {
  readonly what: string;
  readonly script: RelayScript;
  readonly client?: Partial<Relay>;
  /** More than fits into the buffers between two sockets. */
  readonly big?: true;
  /** Several: it depends on which side is quicker, and each of them is true. */
  readonly fate: Fate | readonly Fate[];
  /** null: nothing keeps the next message from going. */
  readonly problem?: RelayProblemKind | null;
  /** The problem's message. */
  readonly words?: RegExp;
  /** What is written down for those who still have to get it. */
  readonly stat?: RegExp;
  /** Nothing happens until the clock says that it has been long enough. */
  readonly waits?: true;
}

export const PASSWORD: Partial<Relay> = { auth: { method: 'password', user: USER } };
export const trusting = (): Relay['tls'] => ({ caFile: certificates().caFile, pin: null, minVersion: 'TLSv1.2' });
export const STARTTLS: Partial<Relay> = {
  security: 'starttls',
  get tls() {
    return trusting();
  },
};
export const IMPLICIT: Partial<Relay> = {
  security: 'tls',
  get tls() {
    return trusting();
  },
};
export const good = () => certificates().good;

/** Where a session may break, and what a client has to be like to come there. */
export type Phase = 'greeting' | 'ehlo' | 'starttls' | 'auth' | 'mail' | 'rcpt' | 'data' | 'dot';
export const PHASES: readonly Phase[] = ['greeting', 'ehlo', 'starttls', 'auth', 'mail', 'rcpt', 'data', 'dot'];

export function at(phase: Phase, play: Play): Pick<Scenario, 'script' | 'client'> {
  if (phase === 'starttls')
    return { script: { security: 'starttls', certificate: good, starttls: play }, client: STARTTLS };
  if (phase === 'auth') return { script: { offers: ['AUTH PLAIN'], auth: play }, client: PASSWORD };
  return { script: { [phase]: play } };
}

export function isBefore(phase: Phase, other: Phase): boolean {
  return PHASES.indexOf(phase) < PHASES.indexOf(other);
}

/** Nothing was said about the message yet, or the dot is out and nobody knows. */
export function fateWithoutReply(phase: Phase): Fate {
  if (isBefore(phase, 'mail')) return 'no session';
  return phase === 'dot' ? 'uncertain' : 'deferred';
}

/** Only the clock ends it. */
export const SILENT = { waits: true, problem: 'timed-out', stat: /Operation timed out with localhost/ } as const;
