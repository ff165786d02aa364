/** A session with a relay, signed in where its settings say so. What went wrong leaves as a RelayError. */
import type { Connect } from './delivery.js';
import { explain } from './explain.js';
import { openSession } from './open-session.js';
import { RelayError } from './relay.js';
import { type GetSecret, signIn } from './sign-in.js';
import { SmtpDelivery } from './smtp.js';

export interface ConnectDependencies {
  readonly getSecret: GetSecret;
}

export function createConnect({ getSecret }: ConnectDependencies): Connect {
  return async (options) => {
    let address: string | null = null;
    const session = await openSession(options, (event) => {
      if (event.kind === 'connected') address = event.address;
    });
    try {
      if (options.relay.auth.method !== 'none') await signIn(session, options.relay, getSecret);
      return new SmtpDelivery(session, options.relay, address);
    } catch (error) {
      await session.close();
      throw error instanceof RelayError
        ? error
        : new RelayError(explain(error, { relay: options.relay, phase: 'auth' }), { cause: error });
    }
  };
}
