/**
 * Takes one message: recipients and sender are judged, standard input goes through the spool's
 * writer, and exit status 0 means that all of it is on disk and synced. Anything that stops it
 * leaves nothing behind. Where sendmail 8.17 loses mail with status 0 (no recipients under -t, a
 * header or message that is too large) the status says so here. Bad addresses do not keep the
 * good ones from being queued; then the status is not 0 and the words name them.
 */
import { type AddressReading, readAddress, withoutControls } from '../mail/address.js';
import { isNewStyle, readAddressList } from '../mail/address-list.js';
import { isOriginatorField, isRecipientField, isResentMark } from '../mail/header.js';
import { escapeHeaderBytes, unescapeHeaderBytes } from '../spool/header-bytes.js';
import { CommandError, ExitStatus } from '../system/exit-status.js';
import { tellOfAliases } from './aliases.js';
import type { SubmissionEnvironment } from './environment.js';
import { fateOf, giveBack, keepLetter, mailedStatus } from './failure.js';
import { type Input, readInput } from './input.js';
import { type AddressProblem, createRecipientList, problemsOf } from './recipients.js';
import { isAimed, isBodyType, isSevenBit, type SubmissionRequest } from './request.js';
import { resolveSender } from './sender.js';
import {
  composeMessage,
  type Details,
  explainFailure,
  NotGivenBack,
  reportMessage,
  type Submission,
  storeMessage,
  storeNothing,
  whyLoop,
} from './storage.js';
import { createJudge } from './verdict.js';

export interface SubmissionResult {
  readonly status: ExitStatus;
  /** null: nothing was queued. */
  readonly queuedId: string | null;
}

export async function submit(
  request: SubmissionRequest,
  environment: SubmissionEnvironment,
): Promise<SubmissionResult> {
  try {
    return await accept(request, environment);
  } catch (error) {
    const { status, words } = explainFailure(error, environment.spoolDirectory);
    environment.complain(`sendmail: ${words}\n`);
    environment.log.write(null, `SYSERR(${environment.submitter.login}): ${words}`);
    return { status, queuedId: error instanceof NotGivenBack ? error.queuedId : null };
  }
}

async function accept(request: SubmissionRequest, environment: SubmissionEnvironment): Promise<SubmissionResult> {
  const submission = beginSubmission(request, environment);
  const operands = readOperands(submission);
  if (request.recipients.length === 0 && !request.recipientsFromHeader) {
    await drain(environment.input);
    environment.say('Recipient names must be specified\n');
    return { status: ExitStatus.USAGE, queuedId: null };
  }
  const input = await readInput(environment.input, {
    ignoreDots: request.ignoreDots,
    sevenBit: isSevenBit(request),
  });
  const details = { onlyRecipient: operands.only, oldStyle: operands.oldStyle && !hasNewStyleField(input) };
  if (request.recipientsFromHeader) readHeaderRecipients(submission, input, details.oldStyle);
  // The report is addressed by a list, too, which sendmail then reads.
  const { record } = submission.sender;
  if (fateOf(submission) === 'report' && record !== '<>' && isNewStyle(record)) details.oldStyle = false;
  const loop = whyLoop(request, input);
  if (loop !== null) {
    await keepLoop(submission, input, details);
    throw new CommandError(ExitStatus.UNAVAILABLE, loop);
  }
  checkNumber(submission);
  if (submission.recipients.records.length === 0) return turnDown(submission, input, details);
  const queuedId = await storeMessage(submission, input, details);
  return { status: mailedStatus(submission, submission.judge.verdict.status), queuedId };
}

export function beginSubmission(request: SubmissionRequest, environment: SubmissionEnvironment): Submission {
  const judge = createJudge(request.errorMode, environment);
  if (!isBodyType(request.bodyType)) judge.note(`Illegal body type ${request.bodyType}`);
  const sender = resolveSender(request.sender, request.senderOption, {
    ...environment,
    fullName: (request.fullName ?? environment.fullName) || null,
  });
  judge.sender(sender.problems, sender.refused);
  const recipients = createRecipientList({
    hostname: environment.hostname,
    notify: request.notify,
    aimed: isAimed(request),
  });
  return { request, environment, judge, sender, recipients };
}

/** `only`: the one recipient of the command line, for Received. */
export function readOperands(submission: Submission): { readonly only: string | null; readonly oldStyle: boolean } {
  let oldStyle = submission.request.tuning.oldStyleLists ?? true;
  const texts: string[] = [];
  for (const word of submission.request.recipients) {
    if (isNewStyle(word)) oldStyle = false;
    const readings = readAddressList(word, oldStyle, submission.environment.hostname);
    const problems = problemsOf(readings);
    submission.judge.operand(problems);
    submission.judge.refuse(problems);
    addRecipients(submission, readings);
    texts.push(
      ...readings
        .filter(isSomebody)
        .map(({ text, refusal }) => (refusal === null ? text : withoutControls(text, '\u00ff'))),
    );
  }
  return { only: texts.length === 1 ? (texts[0] ?? null) : null, oldStyle };
}

/** An address, be it a refused one; not a comment, nor what sendmail does not even look at. */
function isSomebody({ address, refusal }: AddressReading): boolean {
  return address !== null || (refusal !== null && refusal.fault !== 'charset');
}

/** One such field, be it From, shows that the program that wrote the message does not separate by blanks. */
export function hasNewStyleField({ fields }: Input): boolean {
  return fields.some(({ name, value }) => (isRecipientField(name) || isOriginatorField(name)) && isNewStyle(value));
}

/** To, Cc, Bcc; of a resent message only the Resent- ones. */
export function readHeaderRecipients(submission: Submission, { fields }: Input, oldStyle: boolean): void {
  const { judge, recipients, environment } = submission;
  const resent = fields.some(({ name }) => isResentMark(name));
  const problems: AddressProblem[] = [];
  let anybody = recipients.records.length > 0 || judge.verdict.refusals.length > 0;
  for (const { name, value } of fields) {
    if (!isRecipientField(name) || (resent && !isResentMark(name))) continue;
    const list = escapeHeaderBytes(value).replace(/\r$/, '').replaceAll('\r', ' ');
    const readings = readAddressList(list, oldStyle, environment.hostname).map((reading) =>
      reading.refusal?.fault === 'charset' ? readUnescaped(reading, environment.hostname) : reading,
    );
    addRecipients(submission, readings);
    const found = problemsOf(readings);
    judge.refuse(found);
    problems.push(...found);
    anybody ||= readings.some(isSomebody);
  }
  judge.header(problems, !anybody);
}

/** A list is read with sendmail's escapes in it; what it refuses for them may be UTF-8, which is legal today. */
function readUnescaped(reading: AddressReading, hostname: string): AddressReading {
  const again = readAddress(unescapeHeaderBytes(reading.text), null, hostname);
  return again.refusal?.fault === 'charset' ? reading : { ...again, end: reading.end };
}

function addRecipients({ request, environment, recipients }: Submission, readings: readonly AddressReading[]): void {
  const aliases = request.noAliases ? null : environment.aliases;
  // Plain ones together, since a list is added from its end.
  const plain: AddressReading[] = [];
  for (const reading of readings) {
    const expanded = aliases?.expand(reading) ?? null;
    if (expanded === null) plain.push(reading);
    else recipients.add(expanded.recipients, { alias: true });
    tellOfAliases(expanded, environment);
  }
  recipients.add(plain);
}

function checkNumber({ recipients, environment }: Submission): void {
  const { maxRecipients } = environment.settings.queue;
  const count = recipients.records.length;
  if (maxRecipients > 0 && count > maxRecipients)
    throw new CommandError(
      ExitStatus.UNAVAILABLE,
      `Too many recipients: ${count}, ${maxRecipients} at most (queue.maxRecipients)`,
    );
}

/** No recipient is left: the message is given back at most. */
async function turnDown(submission: Submission, input: Input, details: Details): Promise<SubmissionResult> {
  const { request, environment, judge } = submission;
  if (fateOf(submission) === 'nothing') await readOnly(submission, input, details);
  else await storeNothing(submission, input, details, (...message) => giveBack(submission, ...message));
  const { status, refusals } = judge.verdict;
  if (request.recipientsFromHeader && refusals.length === 0)
    environment.say('No recipient addresses found in header\n');
  if (!request.recipientsFromHeader && status === ExitStatus.OK) environment.say('Recipient names must be specified\n');
  return { status: mailedStatus(submission, status === ExitStatus.OK ? ExitStatus.USAGE : status), queuedId: null };
}

async function readOnly(submission: Submission, input: Input, details: Details): Promise<void> {
  await drain(input.body);
  reportMessage(submission, composeMessage(submission, input, details, submission.environment.ids.next()));
}

/** What goes in circles is kept in dead.letter, too. */
async function keepLoop(submission: Submission, input: Input, details: Details): Promise<void> {
  if (submission.request.errorMode !== 'p') return;
  await storeNothing(submission, input, details, (...message) => keepLetter(submission, ...message));
}

/** The writer of a pipe must not die of a message that is refused for its command line. */
async function drain(input: AsyncIterable<Uint8Array>): Promise<void> {
  const chunks = input[Symbol.asyncIterator]();
  while ((await chunks.next()).done !== true);
}
