/** Random refusals of messages with random DSN parameters, by the real sendmail and by us; a failure names its seed. */
import { describe, expect, it } from 'vitest';
import { compareRuns, type RunCase } from '../interop/run-comparison.js';
import { seededRandom } from '../support/random.js';
import { randomAddresses } from '../support/random-addresses.js';
import { whyNoRealSendmail } from '../support/real-sendmail.js';

const REPLIES = [
  '550 5.1.1 no such user',
  '550 nobody',
  '450 4.2.1 busy',
  '451 later',
  '553 5.1.3 bad address',
  '551 5.1.6 moved',
  '554 5.7.1 spam',
  '550-5.7.1 first\n550-5.7.1 second\n550 5.7.1 third',
  // Not 4.5.3: who was too many gets another transaction here, which sendmail does not do (FORMAT.md).
  '452 4.2.2 mailbox full',
];
const EXTENSIONS = ['PIPELINING', '8BITMIME', 'SIZE', 'DSN', 'ENHANCEDSTATUSCODES'];
const NOTIFY = ['never', 'success', 'failure', 'delay', 'success,failure', 'failure,delay', 'success,delay'];
const HOUR = 3600;
const missing = whyNoRealSendmail();

describe.skipIf(missing !== null)('random refusals', () => {
  it.each(Array.from({ length: 100 }, (_, index) => index + 1))(
    'are reported as by sendmail (seed %i)',
    async (seed) => {
      const { theirs, ours } = await compareRuns(randomCase(seed));

      expect(ours).toEqual(theirs);
    },
  );
});

const FIELDS = ['To', 'From', 'Cc', 'Reply-To', 'Sender', 'Errors-To'];

describe.skipIf(missing !== null)('random address fields', () => {
  it.each(Array.from({ length: 40 }, (_, index) => index + 1))(
    'are returned as by sendmail (seed %i)',
    async (seed) => {
      const { list } = randomAddresses(seededRandom(seed), { locals: ['a b', '@@', 'bad..@'] });
      const stdin = `${FIELDS.map((field) => `${field}: ${list()}\n`).join('')}\nHello.\n`;

      const { theirs, ours } = await compareRuns({
        args: ['a@x.org'],
        stdin,
        sink: { toRecipient: (to) => (to === 'a@x.org' ? '550 5.1.1 no' : undefined) },
      });

      const returned = (messages: readonly string[]) =>
        messages.map((text) => /message\/rfc822[\s\S]*/.exec(text)?.[0]);
      expect(returned(ours.messages)).toEqual(returned(theirs.messages));
    },
  );
});

function randomCase(seed: number): RunCase {
  const random = seededRandom(seed);
  const pick = (choices: readonly string[]): string => choices[Math.floor(random() * choices.length)] ?? '';
  const chance = (share: number): boolean => random() < share;
  const recipients = Array.from({ length: 1 + Math.floor(random() * 4) }, (_, index) => `r${index}@x.org`);
  const answers = new Map(recipients.map((address) => [address, chance(0.6) ? pick(REPLIES) : undefined]));
  const toData = chance(0.1) ? pick(REPLIES) : undefined;
  const toMessage = chance(0.2) ? pick(REPLIES) : undefined;
  const toMail = chance(0.1) ? pick(REPLIES) : undefined;
  const isOwn = (mail: string): boolean => mail.includes('alice');
  let own = true;
  const notify = chance(0.6) ? pick(NOTIFY) : 'failure';
  // What nobody wants to hear of is held instead of lost.
  const ages = ['0', '0', '0', String(5 * HOUR), ...(notify.includes('failure') ? [String(130 * HOUR)] : [])];
  const args = [
    ...(chance(0.8) ? ['-N', notify] : []),
    ...(chance(0.3) ? ['-R', pick(['hdrs', 'full'])] : []),
    ...(chance(0.3) ? ['-V', 'env+2Bid'] : []),
    ...recipients,
  ];
  return {
    args,
    ageSeconds: Number(pick(ages)),
    sink: chance(0.1)
      ? null
      : {
          extensions: EXTENSIONS.filter(() => chance(0.7)),
          toMail: (line) => {
            own = isOwn(line);
            return own ? toMail : undefined;
          },
          toRecipient: (address) => answers.get(address),
          toData: () => (own ? toData : undefined),
          toMessage: ({ mail }) => (isOwn(mail) ? toMessage : undefined),
        },
  };
}
