/**
 * TLS and certificate trouble in words for people. The codes are OpenSSL's X509_V_ERR names and
 * Node's ERR_SSL_*; under Bun (BoringSSL) only the message tells, so both are matched.
 */
import type { ErrorFacts, Place } from './explain.js';
import type { Relay, RelayProblem } from './relay.js';

export function explainCertificate(facts: ErrorFacts, relay: Relay): RelayProblem | null {
  if (relay.security === 'none') return null;
  const about = `${facts.code} ${facts.message}`;
  // An alert is what the relay says: of our certificate, not of its own.
  const words = /\balert|_ALERT_/i.test(about) ? ownWords(about, relay) : certificateWords(about, facts, relay);
  if (words === null) return null;
  return { kind: 'certificate', ...words, stat: `TLS: ${words.stat}`, status: '4.7.5' };
}

type Words = Pick<RelayProblem, 'message' | 'remedy' | 'stat'>;

function ownWords(about: string, { name, host, tls: { certFile } }: Relay): Words | null {
  if (
    !/alert.(?:certificate.(?:required|expired|revoked|unknown)|bad.certificate|unsupported.certificate|unknown.ca|access.denied)/i.test(
      about,
    )
  ) {
    return null;
  }
  if (!certFile) {
    return {
      message: `${host} asks for a certificate of this computer, and relay ${name} has none.`,
      remedy: `Name its file and that of its key as "tls.certFile" and "tls.keyFile" of relay ${name} in the settings.`,
      stat: 'relay asks for a certificate',
    };
  }
  return {
    message: `${host} did not take the certificate of this computer: ${reasonOf(about)}.`,
    remedy: `Check "tls.certFile" of relay ${name} in the settings: it may have expired, or be another relay's.`,
    stat: 'relay did not take our certificate',
  };
}

/** `error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:file.c:918`: the words that say something. */
function reasonOf(message: string): string {
  const reason = /error:[0-9A-F]+:[^:]*:[^:]*:([^:]+)/i.exec(message)?.[1];
  return reason === undefined ? message.trim().replace(/\.$/, '') : reason.replaceAll('_', ' ').toLowerCase().trim();
}

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
  if (/certificate key too weak|digest algorithm too weak|ee.key.too.small|ca.md.too.weak/i.test(about)) {
    return {
      message: `The certificate of ${host} is too weak for today: ${reasonOf(facts.message)}.`,
      remedy: `Ask the relay's owner to renew it. Until then "tls.ciphers": "DEFAULT:@SECLEVEL=0" of relay ${name} takes it, from this relay alone.`,
      stat: reasonOf(facts.message),
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
const TLS_ERROR = /^(?:ERR_SSL|ERR_TLS|EPROTO\b|ETLS)|\bSSL\b|\bTLS\b|handshake|BoringSSL|CERTIFICATE/i;

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
  if (/alert.handshake.failure|no.shared.cipher|no.ciphers.available|dh.key.too.small/i.test(about)) {
    return {
      ...common,
      message: `${host} and this computer found no way to speak TLS with each other on port ${port}.`,
      remedy: `An old server may need other "tls.ciphers" of relay ${name} in the settings, one that asks for a certificate "tls.certFile" and "tls.keyFile".`,
    };
  }
  // A plain timeout or a closed connection says more about the network than about TLS.
  if (!TLS_ERROR.test(about) || /timed out|closed|ECONNRESET|disconnected/i.test(about)) return null;
  return {
    ...common,
    message: `TLS with ${host} failed ${phase === 'starttls' ? 'after STARTTLS' : `on port ${port}`}: ${reasonOf(facts.message)}.`,
    remedy: `See each step with: outtray relay test ${name}`,
  };
}
