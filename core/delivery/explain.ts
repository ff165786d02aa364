/**
 * From an error on the way to a relay to words for people: what happened, then what to do about
 * it, and sendmail's own words for the M line and the log. Pure.
 *
 * Codes are Node's; under Bun some errors carry only a message, so each rule knows both. What is
 * not in the table is shown as it is and counts as temporary.
 */
import { isWebPage, signInPage } from './explain-page.js';
import { explainCertificate, explainTls } from './explain-tls.js';
import { explainLocalAddress } from './local-address.js';
import { asTemporary, enhancedStatus, joinReply } from './outcome.js';
import { busyProblem, type Relay, RelayError, type RelayProblem, type RelayProblemKind } from './relay.js';
import { restAfter } from './reply-words.js';

/** How far the session had come. */
export type SessionPhase =
  | 'lookup'
  | 'connect'
  | 'tls'
  | 'greeting'
  | 'ehlo'
  | 'starttls'
  | 'auth'
  | 'mail'
  | 'message';

export interface Place {
  readonly relay: Relay;
  readonly phase: SessionPhase;
}

/** The parts of an unknown error that the rules look at. */
export interface ErrorFacts {
  readonly code: string;
  /** nodemailer's own code, which it puts over Node's. */
  readonly category: string;
  readonly message: string;
  readonly response: string;
  readonly command: string;
  readonly subjectAltName: string;
}

export function explain(error: unknown, place: Place): RelayProblem {
  if (error instanceof RelayError) return error.problem;
  return { ...explainAnew(error, place), phase: STEPS[place.phase] };
}

const STEPS = {
  lookup: 'connect',
  connect: 'connect',
  tls: 'tls',
  greeting: 'greeting',
  ehlo: 'ehlo',
  starttls: 'tls',
  auth: 'auth',
  mail: 'mail',
  message: 'message',
} as const satisfies Readonly<Record<SessionPhase, RelayProblem['phase']>>;

function explainAnew(error: unknown, place: Place): RelayProblem {
  const facts = factsOf(error);
  if (facts.response !== '') return explainReply(facts, place);
  return (
    (place.phase === 'connect' ? explainLocalAddress(facts, place.relay) : null) ??
    explainCertificate(facts, place.relay) ??
    explainTls(facts, place) ??
    explainNetwork(facts, place) ??
    problem('other', {
      message: `Relay ${place.relay.name} could not be used: ${facts.message || 'unknown error'}.`,
      remedy: `See each step with: outtray relay test ${place.relay.name}`,
      stat: facts.message || 'Unknown error',
      status: '4.0.0',
    })
  );
}

export function factsOf(error: unknown): ErrorFacts {
  // All addresses of a host failed: the last one tried tells as much as any.
  const single = error instanceof AggregateError ? (error.errors.at(-1) ?? error) : error;
  const record: Readonly<Record<string, unknown>> =
    typeof single === 'object' && single !== null ? (single as Record<string, unknown>) : { message: String(single) };
  const text = (key: string): string => (typeof record[key] === 'string' ? record[key] : '');
  const certificate = record['cert'] as { subjectaltname?: unknown } | undefined;
  return {
    code: text('originalCode') || text('code'),
    category: text('code'),
    message: text('message'),
    response: text('response'),
    command: text('command'),
    subjectAltName: typeof certificate?.subjectaltname === 'string' ? certificate.subjectaltname : '',
  };
}

function problem(
  kind: RelayProblemKind,
  words: { message: string; remedy: string; stat: string; status: string; reply?: string },
): RelayProblem {
  return { kind, ...words };
}

/** sendmail writes an address as a literal: `[127.0.0.1]`. */
export function hostForLog(host: string): string {
  return /^[\d.]+$|:/.test(host) ? `[${host}]` : host;
}

const TIMED_OUT = /ETIMEDOUT|ESOCKETTIMEDOUT|\btimed?.?out\b|Timeout|Greeting never received/i;
const CLOSED = /ECONNRESET|EPIPE|ECONNABORTED|ECONNECTION|closed|socket hang up|disconnected|destroyed|half-closed/i;
const NAME_SERVER = /EAI_AGAIN|EAI_FAIL|ESERVFAIL|DNS_TIMEOUT|ETIMEOUT/;

function explainNetwork(facts: ErrorFacts, place: Place): RelayProblem | null {
  const { host, port, name } = place.relay;
  const shown = hostForLog(host);
  const about = `${facts.code} ${facts.message}`;
  if (/ENOTFOUND|ENODATA|EAI_NONAME|EAI_NODATA/.test(about)) {
    return problem('host-not-found', {
      message: `There is no host named ${host}.`,
      remedy: `Check "host" of relay ${name} in the settings. A network with a sign-in page of its own may also answer so.`,
      stat: `Name server: ${host}: host not found`,
      status: '4.4.3',
    });
  }
  if (NAME_SERVER.test(about) || (place.phase === 'lookup' && TIMED_OUT.test(about))) {
    return problem('no-network', {
      message: `The name ${host} could not be looked up: no name server answered.`,
      remedy: 'Most often there is no network. Mail leaves by itself when it is back.',
      stat: `Name server: ${host}: host name lookup failure`,
      status: '4.4.3',
    });
  }
  if (/ECONNREFUSED/.test(about)) {
    return problem('refused', {
      message: `${host} refused the connection on port ${port}.`,
      remedy: `Check "port" of relay ${name} in the settings; if it is right, the server is not running.`,
      stat: `Connection refused by ${shown}`,
      status: '4.4.1',
    });
  }
  const unreachable = /ENETUNREACH|ENETDOWN|EADDRNOTAVAIL|EHOSTUNREACH|EHOSTDOWN/.exec(about)?.[0];
  if (unreachable !== undefined) {
    const stat = unreachable.startsWith('EHOST') ? `No route to host ${shown}` : 'Network is unreachable';
    return problem('no-network', {
      message: `No network leads to ${host}.`,
      remedy: 'Mail leaves by itself when the network is back.',
      stat,
      status: '4.4.1',
    });
  }
  if (TIMED_OUT.test(about)) return explainSilence(place);
  if (CLOSED.test(about)) {
    return problem('closed', {
      message: `${host} closed the connection ${WHILE[place.phase]}.`,
      remedy: `It is tried again by itself. If it stays so, see each step with: outtray relay test ${name}${doubtOwn(place)}`,
      stat: `Connection reset by ${shown}`,
      status: '4.4.2',
    });
  }
  return null;
}

/** Some servers hang up where they should say what they have against a certificate. */
function doubtOwn({ relay, phase }: Place): string {
  return relay.tls.certFile && (phase === 'tls' || phase === 'greeting')
    ? `. It may not take the certificate of this computer: check "tls.certFile" of relay ${relay.name}.`
    : '';
}

const WHILE: Readonly<Record<SessionPhase, string>> = {
  lookup: 'before it began',
  connect: 'before it began',
  tls: 'while TLS was set up',
  greeting: 'without a greeting',
  ehlo: 'after our greeting',
  starttls: 'while TLS was set up',
  auth: 'during sign-in',
  mail: 'in the middle of a message',
  message: 'before it said whether it takes the message',
};

function explainSilence({ relay, phase }: Place): RelayProblem {
  const { host, port, name } = relay;
  const common = {
    stat: `Operation timed out with ${hostForLog(host)}`,
    status: phase === 'connect' ? '4.4.1' : '4.4.2',
  };
  if (phase === 'connect') {
    return problem('timed-out', {
      message: `${host} did not answer on port ${port}.`,
      remedy: 'Some networks block this port. It is tried again by itself, and at once when the network changes.',
      ...common,
    });
  }
  if (phase === 'greeting' && relay.security !== 'tls') {
    return problem('timed-out', {
      message: `${host} took the connection on port ${port} but sent no greeting.`,
      remedy: `A port that wants TLS from the first byte (usually 465) is silent like this: then set "security" of relay ${name} to "tls". A web server is silent too: check "port".`,
      ...common,
    });
  }
  return problem('timed-out', {
    message: `${host} stopped answering ${WHILE[phase].replace('without a greeting', 'before its greeting')}.`,
    remedy: 'It is tried again by itself.',
    ...common,
  });
}

/** The relay spoke, and did not say yes. */
function explainReply(facts: ErrorFacts, { relay, phase }: Place): RelayProblem {
  const reply = joinReply(facts.response);
  const { host, port, name } = relay;
  if (phase === 'greeting' && !/^[245]\d\d(?: |$)/.test(reply)) {
    if (isWebPage(reply)) return signInPage(relay, reply);
    return problem('not-smtp', {
      message: `What answers on port ${port} of ${host} is not a mail server.`,
      remedy: `Check "host" and "port" of relay ${name} in the settings (mail submission is 465 or 587).`,
      reply,
      stat: `Protocol error: ${reply.slice(0, 80)}`,
      status: '4.5.0',
    });
  }
  const common = { reply, stat: reply, status: asTemporary(enhancedStatus(reply)) };
  if (phase === 'auth' && isAnswerToSignIn(reply)) return explainSignIn(reply, relay);
  const asked = facts.command === 'STARTTLS' || (facts.command === 'EHLO' && relay.security === 'starttls');
  if (asked && reply.startsWith('5')) {
    return problem('starttls-missing', {
      message: `${host} does not offer TLS on port ${port}, so nothing was sent.`,
      remedy: `Try port 465 with "security": "tls" for relay ${name}. If it offered TLS before, somebody in this network may be suppressing it.`,
      ...common,
    });
  }
  if (phase === 'greeting' && reply.startsWith('5')) {
    return problem('greeting', {
      message: `${host} turned us away before anything was said.`,
      remedy: 'Its words tell why; many servers refuse unknown networks on port 25: use 465 or 587.',
      ...common,
    });
  }
  if (reply.startsWith('4')) return busyProblem(relay, reply, common.status, restAfter(reply));
  return problem('other', {
    message: `${host} refused the session.`,
    remedy: `See each step with: outtray relay test ${name}`,
    ...common,
  });
}

/** What is no reply, or is about the session or the command (421, 500 to 504), says nothing about a password. */
export function isAnswerToSignIn(reply: string): boolean {
  return /^[45]\d\d(?:[ -]|$)/.test(reply) && !/^(?:421|50[0-4])/.test(reply);
}

export function explainSignIn(rawReply: string, relay: Relay): RelayProblem {
  const reply = joinReply(rawReply);
  const user = relay.auth.user ?? 'the user';
  const common = { reply, stat: reply, status: asTemporary(enhancedStatus(reply)) };
  if (reply.startsWith('4')) {
    return problem('auth-temporary', {
      message: `${relay.host} cannot check passwords just now.`,
      remedy: 'It is tried again by itself.',
      ...common,
    });
  }
  if (relay.auth.method === 'none') {
    return problem('auth-missing', {
      message: `${relay.host} wants a sign-in, and relay ${relay.name} has none.`,
      remedy: `Set "auth" of relay ${relay.name} in the settings, then: outtray relay password ${relay.name}`,
      ...common,
    });
  }
  const secret = relay.auth.method === 'oauth2' ? 'access token' : 'password';
  const remedy =
    relay.passwordCommand === undefined
      ? `Set the right one with: outtray relay password ${relay.name}`
      : `Check what "passwordCommand" of relay ${relay.name} prints.`;
  return problem('auth-rejected', {
    message: `${relay.host} did not accept the ${secret} of ${user}.`,
    remedy: `${remedy}${reply.startsWith('534') || /app(lication)?[- ]specific/i.test(reply) ? ' This server wants an app password made for mail.' : ''}`,
    ...common,
  });
}
