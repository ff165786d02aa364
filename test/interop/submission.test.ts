/**
 * The same submission given to the real sendmail and to ours, with the id and second that the
 * real one got: queue files, exit status and standard output must be the same. What the
 * recorded cases of test/corpus show by example is asked here by rule.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { whyNoRealSendmail } from '../support/real-sendmail.js';
import { type Peer, startPeer } from '../support/submission-peer.js';

const missing = whyNoRealSendmail();

describe.skipIf(missing !== null)(
  `submission beside the real sendmail${missing === null ? '' : ` (skipped: ${missing})`}`,
  () => {
    let peer: Peer;
    beforeAll(() => {
      peer = startPeer();
      return () => peer.stop();
    });

    it.each([{ name: 'one recipient', args: ['-i', 'bob@example.net'], stdin: 'Subject: x\n\nHello.\n' }])(
      '$name',
      async ({ args, stdin }) => {
        const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-peer-'));
        onTestFinished(() => fs.rmSync(directory, { recursive: true }));

        const { theirs, ours } = await peer.submit({ args, stdin }, directory);

        expect(ours).toEqual(theirs);
      },
    );
  },
);
