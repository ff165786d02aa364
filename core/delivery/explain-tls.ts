/**
 * TLS and certificate trouble in words for people. The codes are OpenSSL's X509_V_ERR names and
 * Node's ERR_SSL_*; under Bun (BoringSSL) only the message tells, so both are matched.
 */
import type { ErrorFacts, Place } from './explain.js';
import type { Relay, RelayProblem } from './relay.js';

export function explainCertificate(facts: ErrorFacts, relay: Relay): RelayProblem | null {
  if (relay.security === 'none') return null;
  const about = `${facts.code} ${facts.message}`;
  const words = certificateWords(about, facts, relay);
  if (words === null) return null;
  return { kind: 'certificate', ...words, stat: `TLS: ${words.stat}`, status: '4.7.5' };
}

type Words = Pick<RelayProblem, 'message' | 'remedy' | 'stat'>;

function certificateWords(about: string, facts: ErrorFacts, { name, host }: Relay): Words | null {
  if (/CERT_HAS_EXPIRED|certificate has expired/i.test(about)) {
    return {
      message: `The certificate of ${host} has expired.`,
      remedy: "The relay's owner has to renew it. Check the clock of this computer too. Mail waits until then.",
      stat: 'certificate has expired',
    };
  }
  if (/CERT_NOT_YET_VALID|not yet valid/i.test(about)) {
    return {
      message: `The certificate of ${host} is not valid yet.`,
      remedy: 'Check the clock of this computer.',
      stat: 'certificate is not yet valid',
    };
  }
  if (
    /ERR_TLS_CERT_ALTNAME|does not match certificate|Hostname\/IP|HOSTNAME_MISMATCH|IP address mismatch/i.test(about)
  ) {
    const names = facts.subjectAltName.replaceAll(/(?:DNS|IP Address):/g, '');
    return {
      message: `The certificate is not for ${host}${names === '' ? '' : ` but for ${names}`}.`,
      remedy: `Set "host" of relay ${name} to a name that is in the certificate. If it is, somebody in this network may be posing as the relay.`,
      stat: 'certificate is for another name',
    };
  }
  if (
    /SELF_SIGNED_CERT|self.signed certificate|UNABLE_TO_(?:VERIFY|GET)|unable to (?:verify|get)|unknown ca|CERT_UNTRUSTED|certificate not trusted/i.test(
      about,
    )
  ) {
    return {
      message: `The certificate of ${host} is signed by nobody this computer knows.`,
      remedy: `If the relay has an authority of its own, name its file as "tls.caFile" of relay ${name}, or the certificate's SHA-256 as "tls.pin". Else somebody in this network may be posing as the relay.`,
      stat: 'certificate issuer is unknown',
    };
  }
  if (/^(?:CERT|CRL|X509)_|CERT_REVOKED|INVALID_CA|INVALID_PURPOSE|certificate verif/i.test(about)) {
    return {
      message: `The certificate of ${host} is not acceptable: ${facts.message}.`,
      remedy: "Tell the relay's owner. Mail waits until then.",
      stat: facts.message,
    };
  }
  return null;
}

const NOT_TLS =
  /wrong.version.number|packet.length.too.long|http.request|WRONG_VERSION|unknown.protocol|record.too.large|invalid.record/i;
const NO_COMMON_VERSION =
  /unsupported.protocol|alert.protocol.version|no.protocols.available|version.too.low|PROTOCOL_VERSION|inappropriate.fallback/i;
const TLS_ERROR = /^(?:ERR_SSL|ERR_TLS|EPROTO|ETLS)|\bSSL\b|\bTLS\b|handshake|BoringSSL|CERTIFICATE/i;

export function explainTls(facts: ErrorFacts, { relay, phase }: Place): RelayProblem | null {
  const about = `${facts.code} ${facts.message}`;
  const { host, port, name } = relay;
  const common = { kind: 'tls', stat: `TLS handshake with ${host} failed`, status: '4.7.5' } as const;
  if (NOT_TLS.test(about)) {
    return {
      ...common,
      message: `${host} does not speak TLS from the first byte on port ${port}.`,
      remedy: `Port 587 usually wants "security": "starttls", port 465 "tls". Check relay ${name} in the settings.`,
    };
  }
  if (NO_COMMON_VERSION.test(about)) {
    return {
      ...common,
      message: `${host} speaks no TLS version that relay ${name} allows (${relay.tls.minVersion} or later).`,
      remedy: `Ask the relay's owner to renew its TLS. "tls.minVersion" of relay ${name} lowers the bar for this relay alone.`,
    };
  }
  // A plain timeout or a closed connection says more about the network than about TLS.
  if (!TLS_ERROR.test(about) || /timed out|closed|ECONNRESET|disconnected/i.test(about)) return null;
  return {
    ...common,
    message: `TLS with ${host} failed ${phase === 'starttls' ? 'after STARTTLS' : `on port ${port}`}: ${facts.message}.`,
    remedy: `See each step with: outtray relay test ${name}`,
  };
}
