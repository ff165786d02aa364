/**
 * Everybody on one spool at once: shims of ours and of the real sendmail that submit, an agent and queue runs of both
 * that send. What the relay got is told by the words in the bodies.
 */
import fs from 'node:fs';
import { createHome, type OuttrayHome, untilFiles } from '../support/outtray-home.js';
import { setUpRealSendmail } from '../support/real-sendmail.js';
import { startRelay } from '../support/relay.js';

export interface Meeting {
  /** Words of the messages handed in, sorted. */
  readonly submitted: readonly string[];
  /** Words of those the relay took, sorted. */
  readonly received: readonly string[];
  /** What is left in the spool. */
  readonly left: readonly string[];
  readonly log: string;
}

export interface MeetingOptions {
  /** Handed in while the runs are at work, by each of both programs. */
  readonly messages: number;
  readonly runsOfOurs: number;
  readonly runsOfTheirs: number;
  readonly agent: boolean;
}

export async function meetOnOneSpool(options: MeetingOptions): Promise<Meeting> {
  const relay = await startRelay();
  const sendmail = setUpRealSendmail(relay.port);
  const home = createHome({
    hostname: 'laptop.example.org',
    relays: { home: { host: 'localhost', port: relay.port, security: 'none', concurrency: 4 } },
    defaultRelay: 'home',
  });
  fs.symlinkSync(sendmail.spoolDirectory, home.spool);
  const submitted: string[] = [];
  let submitting = true;
  const runUntilEmpty = async (run: () => Promise<unknown>): Promise<void> => {
    while (submitting || home.files().length > 0) await run();
  };
  const agent = options.agent ? home.start('outtray', ['agent']) : null;
  const runs = [
    ...Array.from({ length: options.runsOfOurs }, () => runUntilEmpty(() => home.run('sendmail', ['-Ac', '-q', '-v']))),
    ...Array.from({ length: options.runsOfTheirs }, () => runUntilEmpty(() => sendmail.run(['-q', '-v']))),
  ];

  await Promise.all([
    handIn(options.messages, submitted, 'ours', (body) => submitOurs(home, body)),
    handIn(options.messages, submitted, 'theirs', async (body) => {
      const { status, stdout, stderr } = await sendmail.run(['-i', 'bob@example.net'], body);
      if (status !== 0) throw new Error(`${status}: ${stdout}${stderr}`);
    }),
  ]);
  submitting = false;
  await Promise.all(runs);
  await untilFiles(sendmail.spoolDirectory, () => home.files().length === 0);
  await agent?.stop();

  const received = relay.received.map((mail) => /word-\w+-\d+/.exec(mail.raw.toString('latin1'))?.[0] ?? '?');
  return { submitted: submitted.toSorted(), received: received.toSorted(), left: home.files(), log: home.log() };
}

async function submitOurs(home: OuttrayHome, body: string): Promise<void> {
  const { status, stderr } = await home.run('sendmail', ['-i', 'bob@example.net'], body);
  if (status !== 0) throw new Error(stderr);
}

const HANDS = 3;

/** Several programs at a time. */
async function handIn(
  count: number,
  submitted: string[],
  who: string,
  submit: (body: string) => Promise<void>,
): Promise<void> {
  let next = 0;
  const hand = async (): Promise<void> => {
    while (next < count) {
      const word = `word-${who}-${next}`;
      next += 1;
      await submit(`Subject: ${word}\n\n${'text '.repeat(next)}\n`);
      submitted.push(word);
    }
  };
  await Promise.all(Array.from({ length: HANDS }, hand));
}
