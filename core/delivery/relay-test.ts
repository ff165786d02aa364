/**
 * `outtray relay test`: a relay step by step, as far as a message would go without being one.
 * Each step tells how long it took and what was learnt; the step that fails tells what to do,
 * and the ones after it are not tried.
 */
import type tls from 'node:tls';
import type { SessionEvent } from './conversation.js';
import type { ConnectOptions } from './delivery.js';
import { explain, explainSignIn } from './explain.js';
import { openSession } from './open-session.js';
import { asksForSignIn, joinReply } from './outcome.js';
import { RelayError, type RelayProblem } from './relay.js';
import type { Session } from './session.js';
import { type GetSecret, signIn } from './sign-in.js';
import { type CertificateFacts, certificateFacts } from './tls-policy.js';

export type StepName = 'lookup' | 'connect' | 'greeting' | 'tls' | 'ehlo' | 'auth' | 'mail';

export interface Step {
  readonly name: StepName;
  readonly ok: boolean;
  readonly milliseconds: number;
  /** What was learnt, or what went wrong. */
  readonly detail: string;
  /** What to do; empty when the step went well. */
  readonly remedy: string;
  /** The relay's own words, where it spoke. */
  readonly reply?: string;
  /** Of the step `tls`. */
  readonly certificate?: CertificateFacts;
}

export interface RelayTestOptions extends ConnectOptions {
  readonly getSecret: GetSecret;
  /** Envelope sender to try; empty leaves MAIL out. */
  readonly sender: string;
  readonly onStep: (step: Step) => void;
}

/** True when every step went well. Never rejects for what the relay does. */
export async function testRelay(options: RelayTestOptions): Promise<boolean> {
  const { relay, getSecret, sender, onStep } = options;
  let startedAt = performance.now();
  let next: StepName = 'lookup';
  const report = (step: Omit<Step, 'milliseconds'>): void => {
    const now = performance.now();
    onStep({ ...step, milliseconds: Math.round(now - startedAt) });
    startedAt = now;
  };
  const pass = (name: StepName, detail: string, following: StepName): void => {
    report({ name, ok: true, detail, remedy: '' });
    next = following;
  };
  const onEvent = (event: SessionEvent): void => {
    if (event.kind === 'looked-up') {
      const whose = event.host === relay.host ? '' : `proxy ${event.host}: `;
      pass('lookup', `${whose}${event.addresses.join(', ')}`, 'connect');
    }
    if (event.kind === 'connected') {
      const where = event.address ?? `${relay.host}, through the proxy ${event.proxy},`;
      pass('connect', `${where} port ${relay.port}`, relay.security === 'tls' ? 'tls' : 'greeting');
    }
    if (event.kind === 'secured') {
      const certificate = certificateFacts(event.socket);
      report({
        name: 'tls',
        ok: true,
        detail: describeTls(event.socket, certificate),
        remedy: '',
        ...(certificate && { certificate }),
      });
      next = relay.security === 'tls' ? 'greeting' : 'ehlo';
    }
    if (event.kind === 'greeted' && event.greeting.startsWith('220')) {
      pass('greeting', joinReply(event.greeting), relay.security === 'starttls' ? 'tls' : 'ehlo');
    }
    // Under STARTTLS the first EHLO only says that TLS may follow.
    if (event.kind === 'ehlo' && next === 'ehlo') pass('ehlo', event.extensions.join(', ') || 'no extensions', 'auth');
  };

  let session: Session | null = null;
  try {
    session = await openSession(options, onEvent);
    if (relay.auth.method === 'none') next = 'mail';
    else pass('auth', `${await signIn(session, relay, getSecret)} as ${relay.auth.user ?? ''}`, 'mail');
    if (sender !== '') pass('mail', await tryMail(session, options), 'mail');
    return true;
  } catch (error) {
    const problem = explain(error, { relay, phase: 'mail' });
    report({
      name: next,
      ok: false,
      detail: problem.message,
      remedy: problem.remedy,
      ...(problem.reply && { reply: problem.reply }),
    });
    return false;
  } finally {
    await session?.close();
  }
}

async function tryMail(session: Session, { relay, sender }: RelayTestOptions): Promise<string> {
  const reply = await session.command(`MAIL FROM:<${sender}>`);
  if (!reply.startsWith('2')) throw new RelayError(refusedSender(reply));
  await session.command('RSET');
  return joinReply(reply);

  function refusedSender(words: string): RelayProblem {
    if (asksForSignIn(words)) return explainSignIn(words, relay);
    return {
      kind: 'other',
      message: `${relay.host} does not take mail from ${sender}.`,
      remedy: `Check the address, or let another relay serve it ("from" of relay ${relay.name}).`,
      reply: joinReply(words),
      stat: joinReply(words),
      status: '4.1.0',
    };
  }
}

function describeTls(socket: tls.TLSSocket, certificate: CertificateFacts | null): string {
  if (certificate === null) return socket.getProtocol() ?? 'TLS';
  const until = Number.isNaN(certificate.validTo)
    ? 'unknown'
    : new Date(certificate.validTo).toISOString().slice(0, 10);
  const trust = socket.authorized ? '' : ' (accepted by its pin)';
  return `${certificate.protocol}, certificate of ${certificate.subject} from ${certificate.issuer}, valid to ${until}${trust}`;
}
