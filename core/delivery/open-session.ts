/**
 * The way to a session with a relay, up to the point where mail may be handed over: name, connection, TLS,
 * greeting, EHLO, and on request the sign-in. All through nodemailer's SMTPConnection, on a
 * socket opened here. Nothing is upgraded or downgraded by chance: `starttls` is required and
 * `none` stays plain. Every failure leaves as a RelayError.
 */
import tls from 'node:tls';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { createConversation, type SessionEvent } from './conversation.js';
import type { ConnectOptions } from './delivery.js';
import { explain, type SessionPhase } from './explain.js';
import { signInPage } from './explain-page.js';
import { forbidPlaintext } from './plaintext.js';
import { type Relay, RelayError } from './relay.js';
import { COMMAND_TIMEOUT_MS, createSession, GOODBYE_MS, type Session } from './session.js';
import { startTls } from './socket.js';
import { checkPin, tlsOptions } from './tls-policy.js';
import { authHandlers } from './verbs.js';
import { openWay } from './way.js';
import { findWebPage } from './web-page.js';

export async function openSession(
  options: ConnectOptions,
  observe: (event: SessionEvent) => void = () => {},
): Promise<Session> {
  const { relay, timeoutMs, signal } = options;
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(new RelayError(stoppedProblem(relay)));
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();
  const timer = setTimeout(() => stop.abort(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' })), timeoutMs);
  const forget = (): void => signal?.removeEventListener('abort', onAbort);
  let phase: SessionPhase = 'lookup';
  let address: string | undefined;
  const track = (event: SessionEvent): void => {
    if (event.kind === 'looked-up' && event.host === relay.host) address = event.addresses.at(-1);
    if (event.kind === 'connected') address = event.address ?? undefined;
    phase = phaseAfter(event, phase, relay);
    observe(event);
  };
  try {
    forbidPlaintext(relay);
    const session = await open(options, stop.signal, track);
    session.connection.once('end', forget);
    return session;
  } catch (error) {
    forget();
    const found = explain(error, { relay, phase });
    const page = await findWebPage(relay, found, phase, signal);
    const problem = page === null ? found : signInPage(relay, page);
    throw new RelayError(address === undefined ? problem : { ...problem, address }, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

async function open(
  options: ConnectOptions,
  stop: AbortSignal,
  observe: (event: SessionEvent) => void,
): Promise<Session> {
  const { relay, hostname } = options;
  const security = tlsOptions(relay);
  const { default: Connection } = await import('nodemailer/lib/smtp-connection');
  const plain = await openWay(relay, stop, observe);
  const socket = relay.security === 'tls' ? await startTls(plain, security, stop) : plain;
  if (socket instanceof tls.TLSSocket) {
    pinOrDestroy(relay, socket);
    observe({ kind: 'secured', socket });
  }
  const transcript = options.transcript ?? (() => {});
  const conversation = createConversation(transcript, observe, () => {
    const upgraded = connection._socket;
    if (upgraded instanceof tls.TLSSocket) observe({ kind: 'secured', socket: upgraded });
  });
  const connection = new Connection({
    host: relay.host,
    port: relay.port,
    name: hostname,
    connection: socket,
    secure: relay.security === 'tls',
    secured: relay.security === 'tls',
    requireTLS: relay.security === 'starttls',
    ignoreTLS: relay.security === 'none',
    opportunisticTLS: false,
    tls: security,
    // `stop` is the deadline of the whole set-up; nodemailer's own clocks only have to be later.
    connectionTimeout: options.timeoutMs + COMMAND_TIMEOUT_MS,
    greetingTimeout: options.timeoutMs + COMMAND_TIMEOUT_MS,
    socketTimeout: COMMAND_TIMEOUT_MS,
    socketCloseTimeout: GOODBYE_MS,
    transactionLog: true,
    logger: conversation.logger,
    customAuth: authHandlers,
  });
  const session = createSession(connection, conversation, transcript);
  const onStop = (): void => session.destroy(stop.reason);
  stop.addEventListener('abort', onStop, { once: true });
  connection.once('end', () => stop.removeEventListener('abort', onStop));
  await session.ask((callback) => connection.connect(callback));
  const upgraded = connection._socket;
  if (relay.security !== 'none' && !(upgraded instanceof tls.TLSSocket)) throw new Error('TLS is not up');
  if (relay.security === 'starttls' && upgraded instanceof tls.TLSSocket) pinOrDestroy(relay, upgraded);
  if (upgraded)
    upgraded.prependListener('close', () => {
      conversation.ended = true;
    });
  if (upgraded)
    for (const event of ['end', 'error', 'close']) upgraded.prependListener(event, () => hearOut(connection));
  return session;
}

/**
 * nodemailer takes one reply a turn, and forgets those it has not taken when the connection ends: a relay that
 * refuses a pipelined message and hangs up would seem to have only hung up.
 */
function hearOut(connection: SMTPConnection): void {
  const inner = connection as unknown as { readonly _responseQueue?: readonly string[]; _processResponse?(): void };
  for (let left = inner._responseQueue?.length ?? 0; left > 0 && !connection.destroyed; ) {
    inner._processResponse?.();
    const now = inner._responseQueue?.length ?? 0;
    if (now >= left) return;
    left = now;
  }
}

function phaseAfter(event: SessionEvent, phase: SessionPhase, { security }: Relay): SessionPhase {
  if (event.kind === 'looked-up') return 'connect';
  if (event.kind === 'connected') return security === 'tls' ? 'tls' : 'greeting';
  if (event.kind === 'secured') return security === 'tls' ? 'greeting' : 'ehlo';
  if (event.kind === 'greeted') return event.greeting.startsWith('220') ? 'ehlo' : phase;
  return event.kind === 'ehlo' && security === 'starttls' ? 'starttls' : phase;
}

function pinOrDestroy(relay: Relay, socket: tls.TLSSocket): void {
  try {
    checkPin(relay, socket);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function stoppedProblem(relay: Relay) {
  return {
    kind: 'other',
    message: `Work with relay ${relay.name} was stopped.`,
    remedy: 'Nothing to do; it starts again by itself.',
    stat: 'Stopped',
    status: '4.4.2',
  } as const;
}
