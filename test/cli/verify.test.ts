/** `sendmail -bv` beside the real one: who is deliverable, who is not, in which order, with which exit status. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type CommandPeer, startCommandPeer } from '../support/command-peer.js';
import { whyNoRealSendmail } from '../support/real-sendmail.js';

const CASES: readonly (readonly [args: readonly string[], stdin?: string])[] = [
  [[]],
  [[',']],
  [['<>']],
  [['@@x', 'bob@y']],
  [['a b', 'c d, e']],
  [['a', 'a', 'b@c', 'B@c', 'b@C', 'a@localhost']],
  [['(x', 'a>', '@a:b@c', 'x!y', 'a@b.']],
  [['-f', '@@x', 'a']],
  [['-oem', '@@x']],
  [['-Nnever', '-G', '-n', 'root']],
  [['-t'], 'Subject: x\n\nTo: y\n'],
  [['-t', ','], '\nx\n'],
  [['-t', '@@x'], '\nx\n'],
  [['-t', 'c'], 'To: a b c\n\nx\n'],
  [['-t', 'a'], 'To: a, A, a@localhost\nCc: b@c, b@c\n\nx\n'],
  [['-t'], 'Bcc: a\nResent-Bcc: b\n\nx\n'],
];

const missing = whyNoRealSendmail();

describe.skipIf(missing !== null)(
  `-bv beside the real sendmail${missing === null ? '' : ` (skipped: ${missing})`}`,
  () => {
    let peer: CommandPeer;
    beforeAll(() => {
      peer = startCommandPeer();
      return () => peer.stop();
    });

    it.each(CASES.map(([args, stdin = '']) => ({ args, stdin })))('$args $stdin', async ({ args, stdin }) => {
      const { theirs, ours } = await peer.run(['-bv', ...args], stdin, { user: 'alice' });

      expect(ours).toEqual(theirs);
    });
  },
);
