import fs from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { openSpool } from '../../core/spool/directory-spool.js';
import type { ClaimedJob, JobKind, Spool } from '../../core/spool/spool.js';
import { openWireMessage } from '../../core/spool/wire-message.js';
import { names, submit } from '../core/spool/support.js';
import { listQueue } from '../support/listing.js';
import { type RealSendmail, setUpRealSendmail, whyNoRealSendmail } from '../support/real-sendmail.js';
import { startRelay, type TestRelay } from '../support/relay.js';

const missing = whyNoRealSendmail();
const now = Math.floor(Date.now() / 1000);
const hostname = 'laptop.example.org';

interface Fixture {
  readonly relay: TestRelay;
  readonly sendmail: RealSendmail;
  readonly spool: Spool;
}

async function sharedSpool(): Promise<Fixture> {
  const relay = await startRelay();
  const sendmail = setUpRealSendmail(relay.port);
  return { relay, sendmail, spool: openSpool(sendmail.spoolDirectory) };
}

function claim(spool: Spool, id: string, kind: JobKind = 'qf'): ClaimedJob {
  const job = spool.claim({ id, kind });
  if (typeof job === 'string') throw new Error(`not claimed: ${job}`);
  return job;
}

function print(spool: Spool, kind: JobKind): string {
  return listQueue(spool, { kind, nowSeconds: now, timeZone: 'UTC', verbose: true });
}

/** What we would send for each job, by id. */
async function ourMessages(spool: Spool): Promise<Buffer[]> {
  const messages: Buffer[] = [];
  for (const reference of spool.list()) {
    const job = claim(spool, reference.id, reference.kind);
    messages.push(await buffer(openWireMessage(job.control, () => job.openData(), { hostname })));
    job.release();
  }
  return messages;
}

describe.skipIf(missing !== null)(
  `the real sendmail on our spool${missing === null ? '' : ` (skipped: ${missing})`}`,
  () => {
    it('lists what we wrote just as we list it', async () => {
      const { sendmail, spool } = await sharedSpool();
      submit(spool.directory, { createdAtSeconds: now, flags: 'ws', message: 'Deferred: x', bodyType: '8BITMIME' });
      const held = submit(spool.directory, { createdAtSeconds: now });
      const job = claim(spool, held);
      job.rewrite({ ...job.control, quarantineReason: 'failed: 550 5.1.1 User unknown' }, 'hf');
      job.release();
      const lost = submit(spool.directory, { createdAtSeconds: now });
      claim(spool, lost).lose('test');

      const listings = await Promise.all(
        [['-v'], ['-v', '-qQ'], ['-v', '-qL']].map((args) => sendmail.run(['-bp', ...args])),
      );

      expect(listings.map(({ stdout }) => stdout)).toEqual(
        (['qf', 'hf', 'Qf'] as const).map((kind) => print(spool, kind)),
      );
      expect(listings.every(({ stdout }) => stdout.includes('Total requests: 1'))).toBe(true);
    });

    it('sends what we wrote with the bytes that we would send, and empties the spool', async () => {
      const { relay, sendmail, spool } = await sharedSpool();
      submit(spool.directory, { createdAtSeconds: now }, 'Hello.\n.dot\nno end');
      const ours = await ourMessages(spool);

      const { stdout } = await sendmail.run(['-q', '-v']);

      expect(stdout).toContain('bob@example.net... Sent');
      expect(relay.received.map((mail) => mail.raw.toString('latin1'))).toEqual(
        ours.map((bytes) => bytes.toString('latin1')),
      );
      expect(names(spool.directory)).toEqual([]);
    });

    it('takes over a message that we have put off and rewritten', async () => {
      const { relay, sendmail, spool } = await sharedSpool();
      const id = submit(spool.directory, { createdAtSeconds: now });
      const job = claim(spool, id);
      job.rewrite({ ...job.control, attempts: 1, lastAttemptSeconds: now, message: 'Deferred: 450 busy' });
      job.release();

      await sendmail.run(['-q']).then(() => relay.waitForMessages(1));

      expect(relay.received).toHaveLength(1);
    });

    it('leaves a message alone that we are sending', async () => {
      const { relay, sendmail, spool } = await sharedSpool();
      const id = submit(spool.directory, { createdAtSeconds: now });
      const job = claim(spool, id);

      const run = await sendmail.run(['-q', '-v']);
      const listing = await sendmail.run(['-bp']);
      job.release();

      expect(run.stdout).toContain(`${id}: locked`);
      expect(listing.stdout).toContain(`${id}*`);
      expect(relay.received).toEqual([]);
      expect(names(spool.directory)).toEqual([`df${id}`, `qf${id}`]);
    });

    it('writes messages that we read, list, and would send with the bytes that it sends', async () => {
      const { relay, sendmail, spool } = await sharedSpool();
      const message = [
        'To: alice, Bob <bob@example.net>, carol, dave, erin, frank, grace, heidi',
        'Cc: "Smith, J" <smith>, friends: ivan, judy@example.com;',
        'Bcc: secret@example.com',
        'Reply-To: joe@localhost, host!user, x@[127.0.0.1] (home)',
        'Return-Path: <mine>',
        'Content-Length: 12',
        'Subject: Gr\u00c3\u009f Gott \u00ff',
        'X-Empty:',
        'X-Folded: one',
        '\ttwo',
        '',
        '.dot',
        'caf\u00c3\u00a9, no end',
      ].join('\n');
      await sendmail.run(['-t', '-i'], message);
      const listed = await sendmail.run(['-bp', '-v']);
      const ours = await ourMessages(spool);

      expect(print(spool, 'qf')).toBe(listed.stdout);
      await sendmail.run(['-q', '-v']);

      expect(relay.received.map((mail) => mail.raw.toString('latin1'))).toEqual(
        ours.map((bytes) => bytes.toString('latin1')),
      );
      expect(ours).toHaveLength(1);
    });

    it('quarantines a message, which we then show as held and release to it', async () => {
      const { relay, sendmail, spool } = await sharedSpool();
      const id = submit(spool.directory, { createdAtSeconds: now });

      await sendmail.run(['-Qsuspicious', '-qSalice']);
      expect(spool.read({ id, kind: 'hf' })?.control?.quarantineReason).toBe('suspicious');
      const job = claim(spool, id, 'hf');
      const { quarantineReason: _, ...released } = job.control;
      job.rewrite(released, 'qf');
      job.release();
      await sendmail.run(['-q', '-v']);

      expect(relay.received).toHaveLength(1);
    });

    it('leaves a message of ours lost where we left it, and its own losses are ours to see', async () => {
      const { sendmail, spool } = await sharedSpool();
      const id = submit(spool.directory, { createdAtSeconds: now });
      const file = path.join(spool.directory, `qf${id}`);
      fs.writeFileSync(file, fs.readFileSync(file, 'latin1').replace('\nS', '\nYbad\nS'), 'latin1');

      await sendmail.run(['-q', '-v']);

      expect(spool.read({ id, kind: 'Qf' })?.damage).toMatch(/^unrecognized line/);
      expect(names(spool.directory)).toEqual([`Qf${id}`, `df${id}`]);
    });
  },
);
