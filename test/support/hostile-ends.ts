/** Relays that end a session, or say no more, where it hurts; and those that TLS must not be begun with. */
import { certificates } from './certificates.js';
import {
  at,
  fateWithoutReply,
  good,
  IMPLICIT,
  isBefore,
  LAST_LINE,
  MIDDLE,
  PASSWORD,
  PHASES,
  type Scenario,
  SILENT,
  STARTTLS,
  trusting,
} from './hostile-scenario.js';
import { CUT, DEAF, END, KEEP, raw, SECURE, STALL, type Step } from './relay-script.js';

const closing: readonly Scenario[] = PHASES.map((phase) => ({
  what: `421 at ${phase}`,
  ...at(phase, ['421 4.3.2 closing', END]),
  fate: isBefore(phase, 'mail') ? 'no session' : 'deferred',
  problem: 'relay-busy',
  words: /^localhost /,
  stat: /421 4\.3\.2 closing/,
}));

const busy: readonly Scenario[] = [
  ...closing,
  ...closing
    .filter(({ fate }) => fate === 'deferred')
    .map((one) => ({ ...one, what: `${one.what}, pipelined`, script: { ...one.script, offers: ['PIPELINING'] } })),
];

const lost = (how: string, step: Step): readonly Scenario[] =>
  PHASES.map((phase) => ({
    what: `${how} at ${phase}`,
    ...at(phase, [step]),
    fate: fateWithoutReply(phase),
    problem: 'closed',
    words: /^localhost closed the connection/,
    stat: /Connection reset by localhost/,
  }));

const LOST = { problem: 'closed', words: /^localhost closed/, stat: /Connection reset by localhost/ } as const;

const cuts: readonly Scenario[] = [
  ...lost('RST', CUT),
  ...lost('FIN', END),
  { what: 'RST after the dot of a message that it keeps', script: { dot: [KEEP, CUT] }, fate: 'uncertain', ...LOST },
  { what: 'FIN after the dot of a message that it keeps', script: { dot: [KEEP, END] }, fate: 'uncertain', ...LOST },
  {
    what: 'half an answer to the dot of a message that it keeps',
    script: { dot: [KEEP, raw('250 2.0.0 ke'), END] },
    fate: 'uncertain',
    ...LOST,
  },
  {
    what: 'an answer to the dot whose last line is missing',
    script: { dot: [KEEP, '250-2.0.0 kept', END] },
    fate: 'uncertain',
    ...LOST,
  },
  { what: 'RST with its 354', script: { data: ['354 go', CUT] }, fate: ['deferred', 'uncertain'], ...LOST },
  { what: 'FIN with its 354', script: { data: ['354 go', END] }, fate: ['deferred', 'uncertain'] },
  ...[CUT, END].map(
    (step): Scenario => ({
      what: `${step === CUT ? 'RST' : 'FIN'} in the middle of the message`,
      script: { body: { at: new RegExp(MIDDLE), does: [step] } },
      big: true,
      fate: 'deferred',
    }),
  ),
  {
    what: 'RST at the last line before the dot',
    script: { body: { at: new RegExp(LAST_LINE), does: [CUT] } },
    fate: ['deferred', 'uncertain'],
  },
  // Only a complete reply is one.
  { what: 'half a refusal at rcpt', script: { rcpt: [raw('550 5.1.1 no su'), END] }, fate: 'deferred' },
  { what: 'half a refusal at dot', script: { dot: [raw('554 5.7.1 no w'), END] }, fate: 'uncertain' },
];

const stalls: readonly Scenario[] = [
  ...PHASES.map(
    (phase): Scenario => ({
      what: `silence at ${phase}`,
      ...at(phase, [STALL]),
      fate: fateWithoutReply(phase),
      words: phase === 'greeting' ? /sent no greeting/ : /stopped answering/,
      ...SILENT,
    }),
  ),
  {
    what: 'silence after the dot of a message that it keeps',
    script: { dot: [KEEP, STALL] },
    fate: 'uncertain',
    ...SILENT,
  },
  {
    what: 'silence in the handshake of TLS',
    script: { greeting: [STALL] },
    client: IMPLICIT,
    fate: 'no session',
    ...SILENT,
  },
  {
    what: 'silence in the handshake after STARTTLS',
    script: { security: 'starttls', starttls: ['220 go', STALL] },
    client: STARTTLS,
    fate: 'no session',
    ...SILENT,
  },
  {
    what: 'a message that it stops reading in the middle',
    script: { body: { at: new RegExp(MIDDLE), does: [DEAF] } },
    big: true,
    fate: 'deferred',
    ...SILENT,
  },
];

const tls: readonly Scenario[] = [
  ...(['tls', 'starttls'] as const).map(
    (security): Scenario => ({
      what: `a certificate for another name (${security})`,
      script: { security, certificate: () => certificates().wrongName, offers: ['AUTH PLAIN'] },
      client: { ...PASSWORD, security, tls: trusting() },
      fate: 'no session',
      problem: 'certificate',
      words: /not for localhost but for smtp\.other\.example/,
      stat: /TLS: certificate is for another name/,
    }),
  ),
  {
    what: 'words in plain text behind its answer to STARTTLS',
    script: {
      security: 'starttls',
      certificate: good,
      starttls: [raw('220 go\r\n250-scripted\r\n250-AUTH PLAIN\r\n250 SIZE 1\r\n421 closing\r\n'), SECURE],
    },
    client: STARTTLS,
    fate: 'sent',
  },
  {
    what: 'no offer of STARTTLS',
    script: { starttls: '502 5.5.1 What?' },
    client: { ...PASSWORD, security: 'starttls', tls: trusting() },
    fate: 'no session',
    problem: 'starttls-missing',
    words: /does not offer TLS/,
    stat: /502 5\.5\.1/,
  },
  {
    what: 'plain text where TLS should be',
    script: {},
    client: IMPLICIT,
    fate: 'no session',
    problem: 'tls',
    words: /does not speak TLS/,
    stat: /TLS handshake with localhost failed/,
  },
];

export const ENDS = { 'that is busy': busy, 'that hangs up': cuts, 'that falls silent': stalls, 'and TLS': tls };
