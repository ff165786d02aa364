/** Limits that real mail servers are set to, as providers set them: each run gets on, and nothing is lost or sent twice. */
import { expect, it } from 'vitest';
import type { OuttrayHome } from '../support/outtray-home.js';
import { at, entries, flush, homeWith, newMark, submit, withServer } from '../support/real-relays/every-server.js';
import { eximWith } from '../support/real-relays/exim.js';
import { postfixWith } from '../support/real-relays/postfix.js';

const SENDERS = ['me', 'ann', 'bob', 'cid', 'dan', 'eve'];

async function submitFromEach(home: OuttrayHome, mark: string, each: number): Promise<void> {
  const messages = SENDERS.flatMap((sender) => Array.from({ length: each }, () => sender)).map((sender) =>
    [`MAIL FROM:<${at(sender)}>`, `RCPT TO:<${at('ann')}>`, 'DATA', `Subject: ${mark}`, '', 'Hello.', '.'].join('\r\n'),
  );
  await home.run('sendmail', ['-bs'], ['EHLO localhost', ...messages, 'QUIT', ''].join('\r\n'));
}

withServer(
  postfixWith('with recipient limit 2', ['smtpd_recipient_limit = 2']),
  'message to more',
  ({ relay, door }) => {
    it('reaches each of them once, two in a run', async () => {
      const mark = newMark();
      const home = homeWith(relay().settings(door));
      await submit(home, ['ann', 'bob', 'cid', 'me'], `Subject: ${mark}\n\nHello.\n`);

      await flush(home);
      await flush(home);

      expect(home.files()).toEqual([]);
      for (const person of ['ann', 'bob', 'cid', 'me'] as const)
        expect(await relay().mailOf(person, mark)).toHaveLength(1);
    });
  },
);

withServer(
  postfixWith('with error limit 5', ['smtpd_hard_error_limit = 5']),
  'many wrong recipients',
  ({ relay, door }) => {
    it('are known for good though the session ended over them, so that the next run comes to the right one', async () => {
      const mark = newMark();
      const home = homeWith(relay().settings(door));
      const gone = Array.from({ length: 9 }, (_, index) => `gone${index}`);
      await submit(home, [...gone.slice(0, 5), 'ann', ...gone.slice(5)], `Subject: ${mark}\n\nHello.\n`);

      await flush(home);
      await flush(home);
      await flush(home);

      expect(await relay().mailOf('ann', mark)).toHaveLength(1);
      const left = await entries(home);
      expect(new Set(left.map(({ state }) => state))).toEqual(new Set(['failed']));
      expect(left.flatMap(({ recipients }) => recipients.map(({ address }) => address)).sort()).toEqual(gone.map(at));
    });
  },
);

withServer(
  postfixWith('with two connections a client', [
    'smtpd_client_connection_count_limit = 2',
    'smtpd_client_event_limit_exceptions =',
  ]),
  'more lanes than that',
  ({ server, relay, door }) => {
    it('all arrive once', async () => {
      const mark = newMark();
      const home = homeWith(relay().settings(door));
      await submitFromEach(home, mark, 5);

      await home.run('sendmail', ['-Ac', '-qf']);

      expect(await relay().mailOf('ann', mark, 30)).toHaveLength(30);
      expect(relay().count(server.taken)).toBe(30);
    });
  },
);

withServer(
  eximWith('with three messages a connection', ['smtp_accept_max_per_connection = 3']),
  'longer lanes',
  ({ server, relay, door }) => {
    it('all arrive once', async () => {
      const mark = newMark();
      const home = homeWith(relay().settings(door));
      await submitFromEach(home, mark, 5);

      await home.run('sendmail', ['-Ac', '-qf']);

      expect(await relay().mailOf('ann', mark, 30)).toHaveLength(30);
      expect(relay().count(server.taken)).toBe(30);
    });
  },
);

for (const mechanism of ['PLAIN', 'LOGIN', 'CRAM-MD5']) {
  const server = postfixWith(`with ${mechanism} alone`, [`smtpd_sasl_mechanism_filter = ${mechanism}`]);
  withServer(server, 'sign-in', ({ relay, door }) => {
    it('takes a password with blanks and letters beyond ASCII', async () => {
      const mark = newMark();
      const home = homeWith(relay().settings(door));
      await submit(home, ['ann'], `Subject: ${mark}\n\nHello.\n`);

      const { stdout } = await flush(home);

      expect(stdout).toMatch(new RegExp(`^>>> AUTH ${mechanism}$`, 'm'));
      expect(await relay().mailOf('ann', mark)).toHaveLength(1);
    });
  });
}
