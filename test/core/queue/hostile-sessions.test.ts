/**
 * Several messages for one relay that does what it should not between them, or to some of their recipients. Each
 * message reaches each recipient once in the end, over however many connections that takes.
 */
import { describe, expect, it } from 'vitest';
import type { Relay } from '../../../core/delivery/relay.js';
import {
  copies,
  createHostileLaptop,
  type HostileLaptop,
  outlast,
  startDecentRelay,
} from '../../support/hostile-laptop.js';
import { ANN, BOB, good, IMPLICIT } from '../../support/hostile-scenario.js';
import {
  byAddress,
  CUT,
  END,
  first,
  KEEP,
  later,
  type RelayScript,
  raw,
  type ScriptedRelay,
  STALL,
  startScriptedRelay,
} from '../../support/relay-script.js';

const OK = '250 2.0.0 kept';
const COUNT = 4;

async function setUp(
  script: RelayScript,
  client?: Partial<Relay>,
): Promise<{ readonly laptop: HostileLaptop; readonly relay: ScriptedRelay }> {
  const relay = await startScriptedRelay(script);
  const laptop = createHostileLaptop();
  laptop.aim(relay.port, client);
  return { laptop, relay };
}

/** What is left goes to a decent relay; all copies there are then, by message and recipient. */
async function finish(laptop: HostileLaptop, relay: ScriptedRelay): Promise<string[]> {
  const decent = await startDecentRelay();
  laptop.aim(decent.port);
  await laptop.run();
  return [...copies(relay.kept), ...copies(decent.kept)].map(({ to, text }) => `${idIn(text)} ${to}`).sort();
}

function idIn(text: string): string {
  return /^Message-ID: <(.*)@laptop/m.exec(text)?.[1] ?? '';
}

interface Row {
  readonly what: string;
  readonly script: RelayScript;
  readonly waits?: true;
}

const NONSENSE = '\u00ff?';
const ENDLESS = raw('250 '.padEnd(2_000_000, 'x'));

/** Nothing of this is about a message. */
const BETWEEN: readonly Row[] = [
  { what: 'hangs up after each message', script: { dot: [KEEP, OK, END] } },
  { what: 'resets the connection after each message', script: { dot: [KEEP, OK, CUT] } },
  { what: 'says 421 in one breath with its yes', script: { dot: [KEEP, OK, '421 4.7.0 one at a time', END] } },
  { what: 'says 421 at RSET', script: { rset: ['421 4.7.0 one at a time', END] } },
  { what: 'refuses RSET', script: { rset: '502 5.5.1 What?' } },
  { what: 'hangs up at RSET', script: { rset: [END] } },
  { what: 'resets the connection at RSET', script: { rset: [CUT] } },
  { what: 'falls silent at RSET', script: { rset: [STALL] }, waits: true },
  { what: 'talks nonsense at RSET', script: { rset: NONSENSE } },
  { what: 'never comes to an end at RSET', script: { rset: [ENDLESS] } },
  { what: 'says 421 at QUIT', script: { quit: ['421 4.3.2 closing', END] } },
  { what: 'hangs up at QUIT', script: { quit: [END] } },
  { what: 'resets the connection at QUIT', script: { quit: [CUT] } },
  { what: 'falls silent at QUIT', script: { quit: [STALL] }, waits: true },
  { what: 'refuses QUIT', script: { quit: '500 5.5.1 no' } },
  { what: 'talks nonsense at QUIT', script: { quit: [NONSENSE, END] } },
  { what: 'never comes to an end at QUIT', script: { quit: [ENDLESS] } },
];

/** What puts one message off; it goes with the next run. */
const DURING: readonly Row[] = [
  { what: 'says 421 at the second MAIL of a session', script: { mail: later('421 4.7.0 one at a time', END) } },
  { what: 'hangs up at the second MAIL of a session', script: { mail: later(END) } },
  { what: 'says 421 at the second DATA of a session', script: { data: later('421 4.7.0 one at a time', END) } },
  { what: 'hangs up at the second recipient', script: { rcpt: later(END) } },
  { what: 'says 421 to the second message', script: { dot: later('421 4.7.0 one at a time', END) } },
  { what: 'resets the connection at the second dot', script: { dot: later(CUT) } },
  { what: 'says 451 to the first message', script: { dot: first('451 4.3.0 try again') } },
  { what: 'answers the second MAIL twice', script: { mail: later('250 ok', '250 ok') } },
  { what: 'gives two answers to RSET', script: { rset: ['250 ok', '250 ok'] } },
  { what: 'gives two answers to each message', script: { dot: [KEEP, OK, OK] } },
];

const OVER_TLS: RelayScript = { security: 'tls', certificate: good };

describe('a relay that', () => {
  describe.each([
    ['in plain text', {}, {}],
    ['over TLS', OVER_TLS, IMPLICIT],
  ] satisfies [string, RelayScript, Partial<Relay>][])('%s', (_, security, client) => {
    it.each(BETWEEN)('$what gets every message in one run, each once', async ({ script, waits }) => {
      const { laptop, relay } = await setUp({ ...security, ...script }, client);
      const ids = Array.from({ length: COUNT }, () => laptop.queue({ to: [ANN] }));

      await (waits === true ? outlast(relay, () => laptop.run()) : laptop.run());

      expect(relay.kept.map(({ text }) => idIn(text)).sort()).toEqual(ids.toSorted());
      expect(laptop.jobs()).toEqual([]);
    });
  });

  it.each(DURING)('$what, and a decent one, get every message once', async ({ script }) => {
    const { laptop, relay } = await setUp(script);
    const ids = Array.from({ length: COUNT }, () => laptop.queue({ to: [ANN] }));
    await laptop.run();

    const all = await finish(laptop, relay);

    expect(all).toEqual(ids.map((id) => `${id} ${ANN}`).sort());
    expect(laptop.jobs()).toEqual([]);
  });
});

const BUSY = 'busy@example.org';
const GONE = 'gone@example.org';
const FULL = 'full@example.org';
const SOME = byAddress({ [BUSY]: '450 4.2.1 busy', [GONE]: '550 5.1.1 nobody', [FULL]: '552 5.2.2 full' });

describe('recipients who fare differently', () => {
  const mixed = { to: [ANN, BUSY, GONE, BOB, FULL] };
  const places = (laptop: HostileLaptop): Record<string, string> =>
    Object.fromEntries(
      laptop
        .jobs()
        .flatMap(({ kind, control, uncertain }) =>
          (control?.recipients ?? []).map(({ address }) => [
            address,
            uncertain?.recipients.includes(address) === true ? 'maybe sent' : kind,
          ]),
        ),
    );

  it.each([[[]], [['PIPELINING']]])('are written down each for himself (%s)', async (offers) => {
    const { laptop, relay } = await setUp({ rcpt: SOME, offers });
    const id = laptop.queue(mixed);

    await laptop.run();

    expect(relay.kept.map(({ to }) => to.toSorted())).toEqual([[ANN, BOB]]);
    expect(places(laptop)).toEqual({ [BUSY]: 'qf', [GONE]: 'hf', [FULL]: 'hf' });
    expect(laptop.log()).toMatch(new RegExp(`${id}: to=${BUSY}, .*stat=Deferred: 450 4\\.2\\.1 busy`));
    expect(laptop.log()).toMatch(new RegExp(`${id}: to=${GONE}, .*dsn=5\\.1\\.1, .*stat=User unknown`));
    expect(laptop.log()).toMatch(new RegExp(`${id}: to=(?:${ANN},${BOB}|${BOB},${ANN}), .*stat=Sent `));
  });

  it.each([
    ['a recipient', ANN, []],
    ['another recipient', BOB, []],
    ['a recipient, pipelined', ANN, ['PIPELINING']],
    ['another recipient, pipelined', BOB, ['PIPELINING']],
  ] as const)('are not refused for good by a relay out of step that refuses %s', async (_, refused, offers) => {
    const script = { mail: ['250 ok', '250 ok'], rcpt: byAddress({ [refused]: '550 5.1.1 nobody' }), offers };
    const { laptop } = await setUp(script);
    laptop.queue();

    await laptop.run();

    expect(places(laptop)).toEqual({ [ANN]: 'qf', [BOB]: 'qf' });
  });

  it.each([
    ['loses the answer to the dot', [KEEP, CUT], 'maybe sent', 2],
    ['loses the message with the answer', [CUT], 'maybe sent', 1],
    ['puts the message off', ['451 4.3.0 later'], 'qf', 1],
    ['says 421 to the message', ['421 4.3.2 closing', END], 'qf', 1],
  ] as const)('of a relay that %s get what is theirs, and no more', async (_, dot, place, times) => {
    const { laptop, relay } = await setUp({ rcpt: SOME, dot });
    const id = laptop.queue(mixed);
    await laptop.run();
    const between = places(laptop);

    const all = await finish(laptop, relay);

    expect(between).toEqual({ [ANN]: place, [BOB]: place, [BUSY]: 'qf', [GONE]: 'hf', [FULL]: 'hf' });
    const expected = [ANN, BOB].flatMap((to) => Array.from({ length: times }, () => to)).concat(BUSY);
    expect(all.map((line) => line.split(' ')[1])).toEqual(expected.sort());
    expect(laptop.told(null).map(({ state, reply }) => [state, reply])).toEqual([['failed', '550 5.1.1 nobody']]);
    expect(all.every((line) => line.startsWith(id))).toBe(true);
  });
});

describe('a message to more than go in one transaction', () => {
  const many = Array.from({ length: 250 }, (_, index) => `a${String(index).padStart(3, '0')}@example.org`);

  it.each([
    ['hangs up at the second MAIL', { mail: later(CUT) }, 0],
    ['says 421 at the second MAIL', { mail: later('421 4.7.0 enough', END) }, 0],
    ['says 421 at RSET', { rset: ['421 4.7.0 enough', END] }, 0],
    ['loses the second hundred at the dot', { dot: later(CUT) }, 100],
    ['keeps the second hundred without a word', { dot: later(KEEP, CUT) }, 100],
    ['refuses the second hundred for now', { dot: later('452 4.3.1 full') }, 0],
  ] satisfies [string, RelayScript, number][])(
    'of a relay that %s reaches nobody twice whom it answered for',
    async (_, script, unsure) => {
      const { laptop, relay } = await setUp(script);
      laptop.queue({ to: many });
      await laptop.run();
      const sure = relay.kept[0]?.to ?? [];
      const maybe = laptop.jobs()[0]?.uncertain?.recipients ?? [];

      const all = await finish(laptop, relay);

      const counts = new Map<string, number>();
      for (const line of all) counts.set(line.split(' ')[1] ?? '', (counts.get(line.split(' ')[1] ?? '') ?? 0) + 1);
      expect(maybe).toHaveLength(unsure);
      expect([...counts.keys()].sort()).toEqual(many);
      expect(sure.filter((address) => counts.get(address) !== 1)).toEqual([]);
      expect([...counts].filter(([address, count]) => count > (maybe.includes(address) ? 2 : 1))).toEqual([]);
      expect(laptop.jobs()).toEqual([]);
    },
  );
});
