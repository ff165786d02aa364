/**
 * Does a relay answer? Greeting, TLS with verified name, EHLO, QUIT. This is the only proof that
 * a relay can be reached (an interface that is up proves nothing), and it costs no password.
 */
import type { Probe } from './delivery.js';
import { openSession } from './open-session.js';
import { RelayError } from './relay.js';

export const probe: Probe = async (options) => {
  try {
    const session = await openSession(options);
    const { greeting, extensions } = session.conversation;
    await session.close();
    return { ok: true, greeting, extensions };
  } catch (error) {
    if (error instanceof RelayError) return { ok: false, problem: error.problem };
    throw error;
  }
};
