/**
 * The client's side of delivery tests: a small message, a connection that ends with the test, and
 * the problem that a connection ended with.
 */
import { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { createConnect } from '../../core/delivery/connect.js';
import type { ConnectOptions, Delivery, DeliveryRequest } from '../../core/delivery/delivery.js';
import { type Relay, RelayError, type RelayProblem } from '../../core/delivery/relay.js';
import type { GetSecret } from '../../core/delivery/sign-in.js';

export const MESSAGE = 'Subject: Hello\r\n\r\nHello Ann\r\n';

export interface Attempt extends Partial<Pick<ConnectOptions, 'timeoutMs' | 'signal' | 'transcript'>> {
  /** Without one, asking for a secret is an error. */
  readonly getSecret?: GetSecret;
}

const noSecret: GetSecret = () => Promise.reject(new Error('no secret should be asked for'));

export async function connect(relay: Relay, { getSecret = noSecret, ...options }: Attempt = {}): Promise<Delivery> {
  const open = createConnect({ getSecret });
  const delivery = await open({ relay, hostname: 'laptop.example.net', timeoutMs: 5000, ...options });
  onTestFinished(() => delivery.close());
  return delivery;
}

export function request(to: readonly string[], changes: Partial<DeliveryRequest> = {}): DeliveryRequest {
  return {
    from: 'me@example.net',
    recipients: to.map((address) => ({ address })),
    sizeBytes: MESSAGE.length,
    openMessage: () => Readable.from([Buffer.from(MESSAGE)]),
    beforeFinalDot: () => {},
    ...changes,
  };
}

/** What became of one small message over one connection. */
export async function sendOver(relay: Relay, attempt: Attempt = {}): Promise<string | undefined> {
  const delivery = await connect(relay, attempt);
  const outcomes = await delivery.deliver(request(['ann@example.org']));
  await delivery.close();
  return outcomes.get('ann@example.org')?.kind;
}

/** The problem that a connection ends with; throws when there is none. */
export async function problemOf(relay: Relay, attempt: Attempt = {}): Promise<RelayProblem> {
  const failure: unknown = await connect(relay, attempt).then(
    () => 'connected',
    (error: unknown) => error,
  );
  if (failure instanceof RelayError) return failure.problem;
  throw new Error('connected, or failed otherwise', { cause: failure });
}
