/**
 * Many messages over several connections to a real mail server: each arrives once. Where the server dies in the middle
 * and comes back, or our run does, each arrives, twice only if the queue had noted "maybe sent" for it.
 */
import { expect, it } from 'vitest';
import type { OuttrayHome } from '../support/outtray-home.js';
import { at, entries, homeWith, newMark, withEachServer } from '../support/real-relays/every-server.js';

const MESSAGES = 200;
/** As many lanes, and so connections. */
const SENDERS = ['me', 'ann', 'bob', 'cid'];

/** Submitted over one session. */
async function submitMany(home: OuttrayHome, mark: string): Promise<void> {
  const messages = Array.from({ length: MESSAGES }, (_, index) =>
    [
      `MAIL FROM:<${at(SENDERS[index % SENDERS.length] ?? '')}>`,
      `RCPT TO:<${at('ann')}>`,
      'DATA',
      `Subject: ${mark} number ${index};`,
      '',
      `Body of ${index}.`,
      '.',
    ].join('\r\n'),
  );
  const session = ['EHLO localhost', ...messages, 'QUIT', ''].join('\r\n');
  const { stdout } = await home.run('sendmail', ['-bs'], session);
  expect(stdout.match(/^250 2\.0\.0 \S+ Message accepted for delivery/gm)).toHaveLength(MESSAGES);
}

const numberOf = (text: string): number => Number(/ number (\d+);/.exec(text)?.[1]);
const everyNumber = Array.from({ length: MESSAGES }, (_, index) => index);

/** Numbers in order, each as often as the server took it from us: what it does with one of its own twice is its affair. */
function takenNumbers(mail: readonly string[]): number[] {
  const byServerId = new Map(mail.map((text) => [/\bid (\S+?);?\s/.exec(text)?.[1] ?? text, numberOf(text)]));
  return [...byServerId.values()].sort((a, b) => a - b);
}

withEachServer('many messages', ({ server, relay, door }) => {
  it('arrive exactly once', async () => {
    const mark = newMark();
    const home = homeWith(relay().settings(door));
    const before = relay().count(server.taken);
    await submitMany(home, mark);

    await home.run('sendmail', ['-Ac', '-qf']);

    const mail = await relay().mailOf('ann', mark, MESSAGES);
    expect(mail.map(numberOf).sort((a, b) => a - b)).toEqual(everyNumber);
    expect(relay().count(server.taken)).toBe(before + MESSAGES);
    expect(home.files()).toEqual([]);
  });

  it.each(['server', 'run'] as const)(
    'arrive though the %s is killed among them, twice only where that was noted',
    async (whose) => {
      const mark = newMark();
      const home = homeWith(relay().settings(door));
      await submitMany(home, mark);
      const amongThem = relay().countFrom(server.taken, relay().count(server.taken) + MESSAGES / 4);

      const run = home.start('sendmail', ['-Ac', '-qf']);
      await amongThem;
      if (whose === 'run') run.process.kill('SIGKILL');
      else await relay().kill();
      await run.ended;
      const left = await entries(home);
      if (whose === 'server') await relay().startAgain();
      await home.run('sendmail', ['-Ac', '-qf']);

      const maybeSent = left
        .filter(({ state }) => state === 'maybe-sent')
        .map(({ subject }) => numberOf(subject ?? ''));
      const isWhole = (mail: readonly string[]): boolean => new Set(mail.map(numberOf)).size === MESSAGES;
      const taken = takenNumbers(await relay().mailOf('ann', mark, isWhole));
      const twice = taken.filter((number, place) => taken.indexOf(number) !== place);
      expect(left.length).toBeGreaterThan(0);
      expect([...new Set(taken)]).toEqual(everyNumber);
      expect(twice.filter((number) => !maybeSent.includes(number))).toEqual([]);
      // The control file goes first: what else there is of a message that was through is debris.
      expect(home.files().filter((name) => !/^[dx]f/.test(name))).toEqual([]);
    },
  );
});
