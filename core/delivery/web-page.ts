/**
 * What a network with a sign-in page of its own (hotel, train) does to a relay: it answers in its place,
 * with a web page, in plain text or with a certificate of its own. A mail server speaks first; a
 * web server waits to be asked. So where a session failed as it does there, one more connection is
 * made: who is silent gets one `GET /`, without any credential, and its first line tells.
 */
import type net from 'node:net';
import type { SessionPhase } from './explain.js';
import { isWebPage } from './explain-page.js';
import { cleanReply } from './outcome.js';
import type { Relay, RelayProblem } from './relay.js';
import { startTls } from './socket.js';
import { serverName } from './tls-policy.js';
import { openWay } from './way.js';

/** All of the look; and how long a mail server gets to speak first. */
const LOOK_MS = 2000;
const SILENCE_MS = 700;

/** First line of a web page that answers where a session failed with this problem; null: it is something else. */
export async function findWebPage(
  relay: Relay,
  problem: RelayProblem,
  phase: SessionPhase,
  signal?: AbortSignal,
): Promise<string | null> {
  const where = whereToLook(relay, problem, phase);
  if (where === null) return null;
  const limit = AbortSignal.timeout(LOOK_MS);
  try {
    const line = await look(relay, where, signal === undefined ? limit : AbortSignal.any([limit, signal]));
    return isWebPage(line) ? line : null;
  } catch {
    return null;
  }
}

function whereToLook(relay: Relay, { kind }: RelayProblem, phase: SessionPhase): 'plain' | 'in TLS' | null {
  if (phase === 'tls') {
    if (kind === 'certificate') return 'in TLS';
    return kind === 'tls' || kind === 'closed' || kind === 'timed-out' ? 'plain' : null;
  }
  if (phase !== 'greeting' || kind !== 'timed-out') return null;
  return relay.security === 'tls' ? 'in TLS' : 'plain';
}

async function look(relay: Relay, where: 'plain' | 'in TLS', signal: AbortSignal): Promise<string> {
  const plain = await openWay(relay, signal);
  try {
    // Whose certificate it is makes no difference: nothing is said but `GET /`.
    const options = { ...serverName(relay), rejectUnauthorized: false };
    return await firstLine(where === 'plain' ? plain : await startTls(plain, options, signal), relay.host, signal);
  } finally {
    plain.destroy();
  }
}

function firstLine(socket: net.Socket, host: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    let heard = '';
    const ask = setTimeout(() => socket.write(`GET / HTTP/1.0\r\nHost: ${host}\r\n\r\n`), SILENCE_MS);
    const end = (): void => {
      clearTimeout(ask);
      resolve(cleanReply(heard)[0] ?? '');
    };
    socket.setEncoding('latin1');
    socket.on('data', (text) => {
      heard += String(text);
      if (heard.includes('\n') || heard.length > 1000) end();
    });
    for (const event of ['end', 'close', 'error']) socket.on(event, end);
    signal.addEventListener('abort', end, { once: true });
  });
}
