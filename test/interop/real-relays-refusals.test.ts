/** What real mail servers refuse: the sign-in, a recipient, a size. Who is at fault is told, and nothing else suffers. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import {
  at,
  entries,
  flush,
  hasSignIn,
  homeWith,
  newMark,
  settingsWith,
  submit,
  withEachServer,
} from '../support/real-relays/every-server.js';
import { DOORS, GREY, GREY_TEXT, SIZE_LIMIT } from '../support/real-relays/server.js';

withEachServer('refusals', ({ relay, door }) => {
  it('unknown recipient: that one is held with the words of the server, the rest arrive', async () => {
    const mark = newMark();
    const home = homeWith(relay().settings(door));
    await submit(home, ['ann', 'gone', 'bob'], `Subject: ${mark}\n\nHello.\n`);

    await flush(home);

    await relay().mailOf('ann', mark);
    await relay().mailOf('bob', mark);
    const left = await entries(home);
    expect(left).toMatchObject([{ state: 'failed', reply: expect.stringMatching(/^550 /) }]);
    expect(left[0]?.recipients.map(({ address }) => address)).toEqual([at('gone')]);
  });

  it('greylisted recipient: that one waits with the words of the server, the rest arrive once', async () => {
    const mark = newMark();
    const home = homeWith(relay().settings(door));
    await submit(home, ['ann', GREY, 'bob'], `Subject: ${mark}\n\nHello.\n`);

    await flush(home);
    await flush(home);

    const left = await entries(home);
    expect(left).toMatchObject([
      { state: 'will-retry', reply: expect.stringMatching(new RegExp(`^450 4\\.7\\.1 .*${GREY_TEXT}`)) },
    ]);
    expect(left[0]?.recipients.map(({ address }) => address)).toEqual([at(GREY)]);
    expect(await relay().mailOf('ann', mark)).toHaveLength(1);
    expect(await relay().mailOf('bob', mark)).toHaveLength(1);
  });

  it('message over the limit of the server: held without being carried there', async () => {
    const home = homeWith(relay().settings(door));
    await submit(home, ['ann'], `Subject: big\n\n${`${'x'.repeat(99)}\n`.repeat(SIZE_LIMIT / 100)}`);

    const { stdout } = await flush(home);

    expect(await entries(home)).toMatchObject([
      { state: 'failed', reply: expect.stringContaining(String(SIZE_LIMIT)) },
    ]);
    expect(stdout).not.toContain('>>> MAIL');
  });

  it('message that reaches the limit with what the server adds: taken, or held with its words', async () => {
    const mark = newMark();
    const home = homeWith(relay().settings(door));
    await submit(home, ['ann'], `Subject: ${mark}\n\n${`${'x'.repeat(98)}\n`.repeat(SIZE_LIMIT / 100 - 4)}`);

    await flush(home);

    const left = await entries(home);
    if (left.length === 0) expect(await relay().mailOf('ann', mark)).toHaveLength(1);
    else expect(left).toMatchObject([{ state: 'failed', reply: expect.stringMatching(/^552 /) }]);
  });
});

withEachServer(
  'sign-in that is refused',
  ({ server, relay }) => {
    const doors = DOORS.filter((one) => one.auth && one.certificate === 'good' && server.offers(one));

    it.each(doors)('is tried once for all that waits with security $security', async (door) => {
      const home = homeWith(relay().settings(door, { passwordCommand: ['echo', 'wrong'] }));
      const before = { failed: relay().count(server.failedSignIn), taken: relay().count(server.taken) };
      for (const sender of ['me', 'ann', 'bob', 'cid', 'dan'])
        await submit(home, ['ann'], 'Subject: kept\n\nHello.\n', ['-f', at(sender)]);

      await home.run('sendmail', ['-Ac', '-qf']);

      expect(await relay().countFrom(server.failedSignIn, before.failed + 1)).toBe(before.failed + 1);
      const kept = { state: 'will-retry', reply: expect.stringMatching(/^535 .*auth/i) };
      expect(await entries(home)).toMatchObject([kept, kept, kept, kept, kept]);
      expect(relay().count(server.taken)).toBe(before.taken);
    });

    it('stops an agent until the password is another', async () => {
      const mark = newMark();
      const door = { security: 'tls' } as const;
      const home = homeWith(relay().settings(door, { passwordCommand: ['echo', 'wrong'] }));
      const before = relay().count(server.failedSignIn);
      await submit(home, ['ann'], `Subject: ${mark}\n\nHello.\n`);
      const agent = home.start('outtray', ['agent']);
      await agent.line(/home: .*did not accept the password/);
      await submit(home, ['bob'], `Subject: ${mark}\n\nHello.\n`);
      const told = await entries(home);

      home.writeSettings(settingsWith(relay().settings(door)));
      await agent.line(/queue empty/);

      const reason = expect.stringMatching(/did not accept the password/);
      expect(told).toMatchObject([{ reason }, { reason }]);
      expect(relay().count(server.failedSignIn)).toBe(before + 1);
      expect(await relay().mailOf('ann', mark)).toHaveLength(1);
      expect(await relay().mailOf('bob', mark)).toHaveLength(1);
    });

    it('is not tried, and the mail kept, where the settings have none', async () => {
      const home = homeWith(relay().settings({ security: 'tls' }, { auth: { method: 'none' } }));
      const before = relay().count(server.taken);
      await submit(home, ['ann'], 'Subject: kept\n\nHello.\n');

      const { stdout } = await flush(home);

      expect(stdout).not.toContain('>>> AUTH');
      // Postfix does not say that a sign-in is what it wants.
      expect(await entries(home)).toMatchObject([
        { state: 'will-retry', reply: expect.stringMatching(/^5(?:30 5\.7\.0|54 5\.7\.1) /) },
      ]);
      expect(relay().count(server.taken)).toBe(before);
    });
  },
  hasSignIn,
);

withEachServer(
  'certificate that is not to be trusted',
  ({ server, relay }) => {
    const doors = DOORS.filter((one) => one.certificate !== 'good' && server.offers(one));

    it.each(doors)('$certificate, $security: nothing is sent and no password asked for', async (door) => {
      const home = homeWith(relay().settings(door, { passwordCommand: ['touch', 'asked-for'] }));
      const before = relay().count(server.taken);
      await submit(home, ['ann'], 'Subject: kept\n\nHello.\n');

      const { stdout, stderr } = await flush(home);

      expect(stderr).toMatch(/certificate/);
      expect(stdout).not.toMatch(/>>> (?:AUTH|MAIL)/);
      expect(fs.existsSync(path.join(home.directory, 'asked-for'))).toBe(false);
      expect(home.files().filter((name) => name.startsWith('qf'))).toHaveLength(1);
      expect(relay().count(server.taken)).toBe(before);
    });
  },
  hasSignIn,
);
