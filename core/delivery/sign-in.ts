/**
 * AUTH (RFC 4954). The secret is asked for only when TLS is up (or the relay is this computer)
 * and the relay has offered a mechanism that we know; it goes to nodemailer and nowhere else.
 */
import { SecretError } from '../credentials/secrets.js';
import { explain, explainSignIn, factsOf, isAnswerToSignIn } from './explain.js';
import { type Relay, RelayError } from './relay.js';
import type { Session } from './session.js';

/** The password or access token for a relay. Rejects with SecretError. */
export type GetSecret = (relay: Relay) => Promise<string>;

/** In order of preference: over TLS the plain ones are as good as the others, and work everywhere. */
const PASSWORD_METHODS = ['PLAIN', 'LOGIN', 'CRAM-MD5'];

/** Returns the method used; rejects with RelayError. */
export async function signIn(session: Session, relay: Relay, getSecret: GetSecret): Promise<string> {
  const offered = offeredMethods(session.conversation.extensions);
  const usable = relay.auth.method === 'oauth2' ? ['XOAUTH2'] : PASSWORD_METHODS;
  const method = usable.find((name) => offered.includes(name));
  if (method === undefined) throw new RelayError(missingMethod(relay, offered));
  const pass = await secretFor(relay, getSecret);
  const { user = '' } = relay.auth;
  session.conversation.signingIn = true;
  try {
    await session.ask((callback) => session.connection.login({ method, user, pass }, callback));
    return method;
  } catch (error) {
    const { response } = factsOf(error);
    if (isAnswerToSignIn(response) && session.fault() === null) {
      throw new RelayError(explainSignIn(response, relay));
    }
    throw new RelayError(explain(session.fault() ?? error, { relay, phase: 'auth' }));
  } finally {
    session.conversation.signingIn = false;
  }
}

function offeredMethods(extensions: readonly string[]): string[] {
  // `AUTH=PLAIN` is an old form that some servers still send beside the right one.
  return extensions
    .filter((line) => /^AUTH[ =]/i.test(line))
    .flatMap((line) =>
      line
        .slice(5)
        .toUpperCase()
        .split(/[\s=]+/),
    );
}

function missingMethod(relay: Relay, offered: readonly string[]) {
  const what = relay.auth.method === 'oauth2' ? 'sign-in with an access token (XOAUTH2)' : 'sign-in with a password';
  const others = offered.length === 0 ? 'no sign-in at all' : `only ${offered.join(', ')}`;
  return {
    kind: 'auth-missing',
    message: `${relay.host} offers no ${what} on port ${relay.port}; it offers ${others}.`,
    remedy: `Use the relay's port for submission (465 or 587), or correct "auth" of relay ${relay.name} in the settings.`,
    stat: 'Sign-in is not offered',
    status: '4.7.0',
  } as const;
}

async function secretFor(relay: Relay, getSecret: GetSecret): Promise<string> {
  try {
    return await getSecret(relay);
  } catch (error) {
    if (!(error instanceof SecretError)) throw error;
    const { kind, message, remedy } = error;
    throw new RelayError(
      { kind, message, remedy, stat: message.replace(/\.$/, ''), status: '4.7.0' },
      { cause: error },
    );
  }
}
