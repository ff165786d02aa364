/**
 * Takes one message: recipients and sender are judged, standard input goes through the spool's
 * writer, and exit status 0 means that all of it is on disk and synced. Anything that stops it
 * leaves nothing behind. Where sendmail 8.17 loses mail with status 0 (no recipients under -t, a
 * header or message that is too large) the status says so here. Bad addresses do not keep the
 * good ones from being queued; then the status is not 0 and the words name them.
 */
import type { AddressReading } from '../mail/address.js';
import { isNewStyle, readAddressList } from '../mail/address-list.js';
import { isRecipientField, isResentMark, isTraceField } from '../mail/header.js';
import { ensureSpoolDirectory, type JobWriter, openJob } from '../spool/create-job.js';
import { SpoolError, type SpoolErrorKind } from '../spool/spool-error.js';
import { CommandError, ExitStatus } from '../system/exit-status.js';
import { type Composition, composeControlFile } from './compose.js';
import { createDeadLetter, type DeadLetter } from './dead-letter.js';
import type { SubmissionEnvironment } from './environment.js';
import { type Input, readInput } from './input.js';
import { fromLine, queuedLines } from './log-lines.js';
import { createRecipientList, problemsOf, type RecipientList } from './recipients.js';
import type { SubmissionRequest } from './request.js';
import { resolveSender, type Sender } from './sender.js';
import { createJudge, type Judge } from './verdict.js';

export interface SubmissionResult {
  readonly status: ExitStatus;
  /** null: nothing was queued. */
  readonly queuedId: string | null;
}

/** One submission in progress. */
interface Submission {
  readonly request: SubmissionRequest;
  readonly environment: SubmissionEnvironment;
  readonly judge: Judge;
  readonly sender: Sender;
  readonly recipients: RecipientList;
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
    return { status, queuedId: null };
  }
}

async function accept(request: SubmissionRequest, environment: SubmissionEnvironment): Promise<SubmissionResult> {
  const submission = begin(request, environment);
  const operands = readOperands(submission);
  if (request.recipients.length === 0 && !request.recipientsFromHeader) {
    await drain(environment.input);
    environment.say('Recipient names must be specified\n');
    return { status: ExitStatus.USAGE, queuedId: null };
  }
  const input = await readInput(environment.input, {
    ignoreDots: request.ignoreDots,
    sevenBit: request.bodyType === '7BIT',
  });
  refuseLoop(request, input);
  const oldStyle = request.recipientsFromHeader
    ? readHeaderRecipients(submission, input, operands.oldStyle)
    : operands.oldStyle;
  const compose = (id: string): Composition => ({
    ...placeAndTime(environment),
    ...submission,
    id,
    recipients: submission.recipients.records,
    onlyRecipient: operands.only,
    fields: input.fields,
    fromLine: input.fromLine,
    sizeBytes: input.sizeBytes(),
    eightBit: input.hasEightBit(),
    warnings: submission.sender.warning === null ? [] : [submission.sender.warning],
    message: submission.judge.verdict.words.at(-1) ?? null,
    headerProblem: submission.judge.verdict.inHeader,
    oldStyle,
  });
  return submission.recipients.records.length === 0
    ? turnDown(submission, input, compose)
    : store(submission, input, compose);
}

function begin(request: SubmissionRequest, environment: SubmissionEnvironment): Submission {
  const judge = createJudge(request.errorMode, environment);
  if (request.badBodyType !== null) judge.note(ExitStatus.USAGE, `Illegal body type ${request.badBodyType}`);
  const sender = resolveSender(request.sender, request.senderOption, {
    ...environment,
    masqueradeAs: environment.settings.masqueradeAs,
    fullName: request.fullName ?? environment.fullName,
  });
  judge.operand(sender.problems);
  const recipients = createRecipientList({
    hostname: environment.hostname,
    notify: request.notify,
    aimed: request.relayed || request.deliveryMode === 'q',
  });
  return { request, environment, judge, sender, recipients };
}

function placeAndTime({ clock, offsetMinutes, hostname, version, submitter }: SubmissionEnvironment) {
  const atMilliseconds = clock.now();
  return { atMilliseconds, offsetMinutes: offsetMinutes(atMilliseconds), hostname, version, login: submitter.login };
}

/** `only`: the one recipient of the command line, for Received. */
function readOperands(submission: Submission): { readonly only: string | null; readonly oldStyle: boolean } {
  let oldStyle = true;
  const texts: string[] = [];
  for (const word of submission.request.recipients) {
    if (isNewStyle(word)) oldStyle = false;
    const readings = readAddressList(word, oldStyle);
    submission.judge.operand(problemsOf(readings));
    addRecipients(submission, readings);
    texts.push(...readings.map(({ text }) => text));
  }
  return { only: texts.length === 1 ? (texts[0] ?? null) : null, oldStyle };
}

/** To, Cc, Bcc; of a resent message only the Resent- ones. Returns whether lists are still in the old style. */
function readHeaderRecipients(submission: Submission, { fields }: Input, before: boolean): boolean {
  let oldStyle = before;
  const resent = fields.some(({ name }) => isResentMark(name));
  const all: AddressReading[] = [];
  for (const { name, value } of fields) {
    if (!isRecipientField(name) || (resent && !isResentMark(name))) continue;
    if (isNewStyle(value)) oldStyle = false;
    const readings = readAddressList(value.replaceAll('\0', ''), oldStyle);
    addRecipients(submission, readings);
    all.push(...readings);
  }
  submission.judge.header(problemsOf(all), submission.recipients.records.length === 0);
  return oldStyle;
}

function addRecipients({ request, environment, recipients }: Submission, readings: readonly AddressReading[]): void {
  const aliases = request.noAliases ? null : environment.aliases;
  // Plain ones together, since a list is added from its end.
  const plain: AddressReading[] = [];
  for (const reading of readings) {
    const expanded = aliases?.expand(reading) ?? null;
    if (expanded === null) plain.push(reading);
    else recipients.add(expanded, { alias: true });
  }
  recipients.add(plain);
}

const MAX_HOPS = 25;

function refuseLoop({ hopCount }: SubmissionRequest, { fields }: Input): void {
  const hops = Math.max(hopCount, 1 + fields.filter(({ name }) => isTraceField(name)).length);
  if (hops > MAX_HOPS)
    throw new CommandError(
      ExitStatus.UNAVAILABLE,
      `Too many hops ${hops} (${MAX_HOPS} max): the message goes in circles`,
    );
}

type Compose = (id: string) => Composition;

async function store(submission: Submission, input: Input, compose: Compose): Promise<SubmissionResult> {
  const { environment, judge } = submission;
  const { spoolDirectory, settings } = environment;
  ensureSpoolDirectory(spoolDirectory);
  checkFreeSpace(environment);
  const letter = startLetter(submission);
  const job = openJob(spoolDirectory, { ids: environment.ids });
  environment.onInterrupt(() => job.abandon());
  try {
    await copyBody(input, job, letter, settings.queue.maxMessageBytes);
    const composition = compose(job.id);
    const control = composeControlFile(composition);
    if (letter?.save(control, composition)) environment.say(letter.notice);
    job.commit(control);
    report(submission, composition);
    for (const line of queuedLines(control)) environment.log.write(job.id, line);
  } finally {
    job.abandon();
  }
  return { status: judge.verdict.status, queuedId: job.id };
}

/** No recipient is left: the message is kept in dead.letter at most. */
async function turnDown(submission: Submission, input: Input, compose: Compose): Promise<SubmissionResult> {
  const { request, environment, judge } = submission;
  const letter = startLetter(submission);
  for await (const chunk of input.body) letter?.write(chunk);
  const composition = compose(environment.ids.next());
  report(submission, composition);
  const { status, said } = judge.verdict;
  if (request.recipientsFromHeader && !said) environment.say('No recipient addresses found in header\n');
  if (!request.recipientsFromHeader && status === ExitStatus.OK) environment.say('Recipient names must be specified\n');
  if (letter?.save(composeControlFile(composition), composition)) environment.say(letter.notice);
  return { status: status === ExitStatus.OK ? ExitStatus.USAGE : status, queuedId: null };
}

function startLetter({ request, environment: { home }, judge }: Submission): DeadLetter | null {
  return judge.verdict.refusedOperand && request.errorMode === 'p' && home !== null ? createDeadLetter(home) : null;
}

async function copyBody(input: Input, job: JobWriter, letter: DeadLetter | null, maxBytes: number): Promise<void> {
  for await (const chunk of input.body) {
    if (maxBytes > 0 && input.sizeBytes() > maxBytes)
      throw new CommandError(ExitStatus.UNAVAILABLE, `Message exceeds maximum fixed size (${maxBytes})`);
    job.writeBody(chunk);
    letter?.write(chunk);
  }
}

function report({ environment: { log }, judge }: Submission, composition: Composition): void {
  const { id, hostname, warnings } = composition;
  for (const words of judge.verdict.words) log.write(id, words);
  for (const warning of warnings) log.write(id, `Authentication-Warning: ${hostname}: ${warning}`);
  log.write(id, fromLine(composition));
}

function checkFreeSpace({ spoolDirectory, settings, freeBytes }: SubmissionEnvironment): void {
  const free = freeBytes(spoolDirectory);
  if (free === null || free >= settings.queue.minFreeBytes) return;
  throw new CommandError(
    ExitStatus.TEMPFAIL,
    `only ${free} bytes are free on the disk of ${spoolDirectory}, fewer than queue.minFreeBytes ` +
      `(${settings.queue.minFreeBytes}). Free some space and send the message again.`,
  );
}

/** The writer of a pipe must not die of a message that is refused for its command line. */
async function drain(input: AsyncIterable<Uint8Array>): Promise<void> {
  const chunks = input[Symbol.asyncIterator]();
  while ((await chunks.next()).done !== true);
}

const SPOOL_STATUS: Readonly<Record<SpoolErrorKind, ExitStatus>> = {
  'not-ours': ExitStatus.NOPERM,
  'not-writable': ExitStatus.CANTCREAT,
  'not-a-directory': ExitStatus.CANTCREAT,
  'no-space': ExitStatus.TEMPFAIL,
  io: ExitStatus.IOERR,
};

export function explainFailure(error: unknown, directory: string): { status: ExitStatus; words: string } {
  if (error instanceof SpoolError) return { status: SPOOL_STATUS[error.kind], words: error.message };
  if (error instanceof CommandError) return { status: error.status, words: error.message };
  const words = error instanceof Error ? error.message : String(error);
  return { status: ExitStatus.IOERR, words: `cannot read the message or store it in ${directory}: ${words}` };
}
