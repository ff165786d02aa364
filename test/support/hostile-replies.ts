/** Relays that say too much, too little, too early, or what nobody can read. */
import { at, fateWithoutReply, PHASES, type Scenario, SILENT } from './hostile-scenario.js';
import { KEEP, raw, STALL, type Step } from './relay-script.js';

const PIPELINING = { offers: ['PIPELINING'] };

const GARBAGE = '\u0000\u00ff\u00fe)(*&^ \u001b[2J';
const garbage: readonly Scenario[] = [
  ...PHASES.map(
    (phase): Scenario => ({
      what: `garbage at ${phase}`,
      ...at(phase, GARBAGE),
      fate: fateWithoutReply(phase),
      // Nobody has said that the password is wrong.
      ...(phase === 'auth' ? { problem: 'other' } : {}),
    }),
  ),
];

const MEGABYTES = 10_000_000;
const giant = (start: string) => (): readonly Step[] => [`${start}${'x'.repeat(MEGABYTES)}`];
const manyLines =
  (code: string, ...before: readonly Step[]) =>
  (): readonly Step[] => [...before, raw(`${`${code}-x\r\n`.repeat(100_000)}${code} end\r\n`)];
const keepAnd = (play: () => readonly Step[]) => (): readonly Step[] => [KEEP, ...play()];

const giants: readonly Scenario[] = [
  ...PHASES.map(
    (phase): Scenario => ({
      what: `a line of 10 MB at ${phase}`,
      ...at(phase, giant({ greeting: '220 ', data: '354 ', auth: '235 ' }[phase as string] ?? '250 ')),
      fate: fateWithoutReply(phase),
      // There is no TLS, or nothing wrong with it.
      words: /^(?!TLS )/,
      stat: /maximum|too (?:long|large|much)/i,
    }),
  ),
  {
    what: 'a line of 10 MB about a message that it keeps',
    script: { dot: keepAnd(giant('250 ')) },
    fate: 'uncertain',
  },
  { what: '100,000 lines of greeting', script: { greeting: manyLines('220') }, fate: 'sent' },
  { what: '100,000 extensions', script: { ehlo: manyLines('250') }, fate: 'sent' },
  { what: '100,000 lines of a yes to rcpt', script: { rcpt: manyLines('250') }, fate: 'sent' },
  { what: '100,000 lines of a no to rcpt', script: { rcpt: manyLines('550') }, fate: 'failed', problem: null },
  { what: '100,000 lines of a not now to mail', script: { mail: manyLines('451') }, fate: 'deferred', problem: null },
  { what: '100,000 lines of a yes to the dot', script: { dot: manyLines('250', KEEP) }, fate: 'sent' },
];

/** Bytes that would end a line of a file, clear a screen or forge a record. */
export const ODD = '\u0000\u001b[2J\u001b]0;mine\u0007 \u00e9\u00ff\u009b31m no\rMDeferred: forged\rR:eve@example.org';
const odd: readonly Scenario[] = [
  { what: 'odd bytes in its greeting', script: { greeting: `220 ${ODD}` }, fate: 'sent' },
  { what: 'odd bytes in its extensions', script: { ehlo: [`250-${ODD}`, `250 SIZE ${ODD}`] }, fate: 'sent' },
  {
    what: 'odd bytes in a refused session',
    script: { greeting: `554 5.7.1 ${ODD}` },
    fate: 'no session',
    problem: 'greeting',
  },
  {
    what: 'odd bytes in a not now to mail',
    script: { mail: `451 4.3.0 ${ODD}` },
    fate: 'deferred',
    stat: /451 4\.3\.0/,
  },
  {
    what: 'odd bytes in a not now to rcpt',
    script: { rcpt: `450 4.2.1 ${ODD}` },
    fate: 'deferred',
    stat: /450 4\.2\.1/,
  },
  { what: 'odd bytes in a no to rcpt', script: { rcpt: `550 5.1.1 ${ODD}` }, fate: 'failed', problem: null },
  {
    what: 'odd bytes in a not now to the dot',
    script: { dot: `451 4.3.0 ${ODD}` },
    fate: 'deferred',
    stat: /451 4\.3\.0/,
  },
  { what: 'odd bytes in a no to the dot', script: { dot: `554 5.6.0 ${ODD}` }, fate: 'failed', problem: null },
  { what: 'odd bytes in a yes to the dot', script: { dot: [KEEP, `250 2.0.0 ${ODD}`] }, fate: 'sent' },
  {
    what: 'codes without a word',
    script: { greeting: '220', ehlo: '250', mail: '250', rcpt: '250', data: '354', dot: [KEEP, '250'], quit: '221' },
    fate: 'sent',
  },
  { what: 'line feeds alone', script: { dot: [KEEP, raw('250-2.0.0 a\n250 2.0.0 b\n')] }, fate: 'sent' },
];

/** Each with the client that waits for every reply, and with the one that sends the envelope at once. */
const steps: readonly Scenario[] = [
  { what: 'two answers to mail', script: { mail: ['250 ok', '250 ok'] }, fate: 'deferred' },
  { what: 'two answers to rcpt', script: { rcpt: ['250 ok', '250 ok'] }, fate: 'deferred' },
  { what: '250 to data', script: { data: '250 ok' }, fate: 'deferred', stat: /250 ok/ },
  { what: '354 twice', script: { data: ['354 go', '354 go'] }, fate: ['deferred', 'uncertain'] },
  // When the dot was quicker, nobody can tell it from an answer; and this relay does keep the message.
  { what: '250 before the dot', script: { data: ['354 go', '250 2.0.0 kept'] }, fate: ['deferred', 'sent'] },
  { what: '354 to the dot', script: { dot: '354 go on' }, fate: 'uncertain' },
  { what: 'two answers to the dot', script: { dot: [KEEP, '250 ok', '250 ok'] }, fate: 'sent' },
  {
    what: 'an answer before the question',
    script: { greeting: ['220 hi', '250 early'] },
    fate: ['deferred', 'no session'],
  },
];

const pipelined: readonly Scenario[] = [
  ...steps.map((one) => ({ ...one, what: `${one.what}, pipelined`, script: { ...one.script, ...PIPELINING } })),
  { what: 'all answers in one packet', script: { ...PIPELINING, packets: 'envelope' }, fate: 'sent' },
  { what: 'its answers byte by byte', script: { ...PIPELINING, packets: 'bytes' }, fate: 'sent' },
  {
    what: 'too few answers',
    script: { ...PIPELINING, rcpt: [], data: ['354 go', STALL] },
    fate: 'deferred',
    ...SILENT,
    stat: /354 go/,
  },
  {
    what: 'its answers in another order',
    script: {
      ...PIPELINING,
      mail: [],
      rcpt: [],
      data: ['354 go', '250 ok', '250 ok', '250 ok'],
      // What comes now is a line of a message to it.
      body: { at: /^(?:RSET|QUIT)$/, does: [STALL] },
    },
    fate: 'deferred',
    waits: true,
  },
];

export const REPLIES = {
  'that talks nonsense': garbage,
  'that never comes to an end': giants,
  'with odd bytes': odd,
  'out of step': steps,
  'out of step with a pipeline': pipelined,
};
