/**
 * The password of the listener, for systems that do not tell whose process a connection comes
 * from: made once, kept in the keychain, any user name goes with it. It has 144 random bits, so
 * that guessing is hopeless; that it stays quiet, too, wrong ones are answered one a second for
 * all sessions together, and the third in a session ends it. Nobody is ever locked out.
 */
import crypto from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Keychain } from '../credentials/keychain.js';

/** No relay can have this name. */
const LISTENER_ACCOUNT = '(listener)';

/** Makes one where there is none, or where another is wanted. */
export async function listenerPassword(keychain: Keychain, renew = false): Promise<string> {
  const stored = renew ? null : await keychain.getPassword(LISTENER_ACCOUNT);
  if (stored !== null && stored !== '') return stored;
  const made = crypto.randomBytes(18).toString('base64url');
  await keychain.setPassword(LISTENER_ACCOUNT, made);
  return made;
}

export type SignIn = 'in' | 'wrong' | 'ended' | { readonly unable: string };

export interface SignInDesk {
  /** `session`: wrong passwords are counted for each. */
  signIn(session: object, password: string): Promise<SignIn>;
}

export interface SignInOptions {
  readonly keychain: Pick<Keychain, 'getPassword'>;
  readonly now: () => number;
  /** Between two answers to wrong passwords. */
  readonly answerWrong?: () => Promise<void>;
}

const MOST_WRONG = 3;
const WRONG_MS = 1000;
/** What is in the keychain may have been renewed; a guesser must not keep it busy. */
const REREAD_MS = 5000;

export function createSignInDesk({ keychain, now, answerWrong = () => wait(WRONG_MS) }: SignInOptions): SignInDesk {
  const wrong = new WeakMap<object, number>();
  let answering: Promise<void> = Promise.resolve();
  let known: { readonly digest: Buffer; readonly at: number } | null = null;

  const read = async (): Promise<void> => {
    const stored = await keychain.getPassword(LISTENER_ACCOUNT);
    if (stored === null || stored === '') throw new Error('no password is stored; make one: outtray listener password');
    known = { digest: digestOf(stored), at: now() };
  };
  const isRight = async (given: Buffer): Promise<boolean> => {
    if (known === null) await read();
    if (known !== null && crypto.timingSafeEqual(known.digest, given)) return true;
    if (known !== null && now() - known.at < REREAD_MS) return false;
    await read();
    return known !== null && crypto.timingSafeEqual(known.digest, given);
  };

  return {
    async signIn(session, password) {
      try {
        if (await isRight(digestOf(password))) return 'in';
      } catch (error) {
        return { unable: error instanceof Error ? error.message : String(error) };
      }
      const count = (wrong.get(session) ?? 0) + 1;
      wrong.set(session, count);
      answering = answering.then(answerWrong);
      await answering;
      return count >= MOST_WRONG ? 'ended' : 'wrong';
    },
  };
}

/** Of one length, as a comparison in constant time wants it. */
function digestOf(password: string): Buffer {
  return crypto.createHash('sha256').update(password).digest();
}
