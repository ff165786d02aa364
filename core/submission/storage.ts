/**
 * A judged message into the queue: body through the spool's writer as it is read, then the control
 * file. When this returns, all of it is on disk and synced; when it throws, nothing is left behind.
 */
import fs from 'node:fs';
import { type Field, fieldValue, isTraceField } from '../mail/header.js';
import type { ControlFile } from '../spool/control-file.js';
import { ensureSpoolDirectory, type JobWriter, openJob } from '../spool/create-job.js';
import { SpoolError, type SpoolErrorKind } from '../spool/spool-error.js';
import { CommandError, ExitStatus } from '../system/exit-status.js';
import { type Composition, composeControlFile } from './compose.js';
import type { SubmissionEnvironment } from './environment.js';
import { fateOf, giveBack } from './failure.js';
import type { Input } from './input.js';
import { fromLine, queuedLines } from './log-lines.js';
import { headerLayoutProblems, withoutOwnFrom } from './originator.js';
import type { RecipientList } from './recipients.js';
import { isTriedAtOnce, type SubmissionRequest } from './request.js';
import type { Sender } from './sender.js';
import type { Judge } from './verdict.js';

/** One submission in progress. */
export interface Submission {
  readonly request: SubmissionRequest;
  readonly environment: SubmissionEnvironment;
  readonly judge: Judge;
  readonly sender: Sender;
  readonly recipients: RecipientList;
}

/** What the envelope adds to it. */
export interface Details {
  /** The one recipient of the command line, for Received. */
  readonly onlyRecipient: string | null;
  /** Lists are still in the old style. */
  readonly oldStyle: boolean;
  /** BY= of -bs, as in the queue. */
  readonly deliverBy?: string;
  /** SMTPUTF8 of -bs. */
  readonly smtpUtf8?: boolean;
}

export function composeMessage(submission: Submission, input: Input, details: Details, id: string): Composition {
  const { environment, request, sender, recipients, judge } = submission;
  const { clock, hostname, version, submitter } = environment;
  const atMilliseconds = clock.now();
  return {
    ...details,
    id,
    atMilliseconds,
    offsetMinutes: environment.offsetMinutes(atMilliseconds),
    hostname,
    version,
    login: submitter.login,
    request,
    sender,
    recipients: recipients.records,
    fields: withoutOwnFrom(input.fields, sender),
    fromLine: input.fromLine,
    sizeBytes: input.sizeBytes(),
    eightBit: input.hasEightBit(),
    eightBitHeader: input.eightBitHeader,
    warnings: sender.warning === null ? [] : [sender.warning],
    message: messageOf(submission, input.fields, details),
    headerProblem: judge.verdict.inHeader,
    unknownRecipients: judge.verdict.unknown,
  };
}

/** sendmail writes a message twice unless its header was found wrong, so that the layout's problems get into the M line. */
function messageOf(
  { judge: { verdict }, sender }: Submission,
  fields: readonly Field[],
  { oldStyle }: Details,
): string | null {
  if (verdict.inHeader) return verdict.message;
  return headerLayoutProblems(sender, fields, oldStyle).at(-1)?.replace(/\n/g, ' ') ?? verdict.message;
}

/** Those who were not refused get the message; nobody is told of the others but by this. */
export class NotGivenBack extends CommandError {
  readonly queuedId: string;

  constructor(queuedId: string, cause: unknown, directory: string) {
    const { status, words } = explainFailure(cause, directory);
    super(status, `${queuedId} is queued, but not what was refused of it, and no report either: ${words}`, { cause });
    this.queuedId = queuedId;
  }
}

/** Returns the queue id. */
export async function storeMessage(submission: Submission, input: Input, details: Details): Promise<string> {
  const { environment, judge } = submission;
  const { spoolDirectory, settings } = environment;
  const loop = whyLoop(submission.request, input);
  if (loop !== null) throw new CommandError(ExitStatus.UNAVAILABLE, loop);
  ensureSpoolDirectory(spoolDirectory);
  checkFreeSpace(environment);
  let begun: JobWriter | null = null;
  // Before there is anything to undo: a signal may come as soon as the first file does.
  environment.onInterrupt(() => begun?.abandon());
  const job = openJob(spoolDirectory, { ids: environment.ids });
  begun = job;
  let body: number | null = null;
  try {
    await copyBody(input, job, settings.queue.maxMessageBytes);
    if (submission.request.eightBitRefused && isRawEightBit(input)) judge.eightBit();
    const composition = composeMessage(submission, input, details, job.id);
    const added = await addedFields(submission, input);
    const control = await withAliases(submission, composeControlFile({ ...composition, addedFields: added }));
    judge.layout(headerLayoutProblems(submission.sender, input.fields, details.oldStyle));
    // Opened before a run can send the message and remove it.
    if (fateOf(submission) !== 'nothing') body = fs.openSync(job.bodyFile(), 'r');
    const sendAt = fieldValue(input.fields, 'x-outtray-send-at');
    const schedule = sendAt === undefined ? null : await scheduleFor(submission, sendAt);
    if (schedule === null) job.commit(control);
    else job.commit({ ...control, ...schedule }, 'hf');
    environment.onInterrupt(null, judge.verdict.status);
    const queued = isTriedAtOnce(submission.request) ? [] : queuedLines(control, composition.hostname);
    const held = schedule === null ? [] : [`quarantine=${schedule.quarantineReason}`];
    reportMessage(submission, composition, [...queued, ...held]);
    if (body !== null)
      await giveBack(submission, composition, control, body).catch((error: unknown) => {
        throw new NotGivenBack(job.id, error, spoolDirectory);
      });
  } finally {
    if (body !== null) fs.closeSync(body);
    job.abandon();
  }
  return job.id;
}

/** null: as soon as it can. */
async function scheduleFor(
  { environment }: Submission,
  sendAt: string,
): Promise<Pick<ControlFile, 'quarantineReason'> | null> {
  const { scheduleOf } = await import('./send-at.js');
  return scheduleOf(sendAt, environment);
}

async function withAliases({ request, environment }: Submission, control: ControlFile): Promise<ControlFile> {
  if (!environment.settings.aliasesInHeader || request.noAliases) return control;
  const { aliasedHeaders } = await import('./alias-header.js');
  return { ...control, headers: aliasedHeaders(control.headers, environment.aliases, environment.hostname) };
}

async function addedFields({ request, recipients }: Submission, { fields }: Input): Promise<readonly Field[]> {
  const action = request.tuning.noRecipientAction;
  if (action === undefined) return [];
  const { missingRecipientFields } = await import('./recipient-field.js');
  return missingRecipientFields(action, fields, recipients.records);
}

/** No MIME-Version says what the bytes mean. */
function isRawEightBit({ fields, hasEightBit }: Input): boolean {
  return hasEightBit() && fieldValue(fields, 'mime-version') === undefined;
}

/** Nobody gets it: `settle` has its body, and then nothing of it stays. */
export async function storeNothing(
  submission: Submission,
  input: Input,
  details: Details,
  settle: (composition: Composition, control: ControlFile, body: number) => Promise<unknown>,
): Promise<void> {
  const { environment } = submission;
  ensureSpoolDirectory(environment.spoolDirectory);
  checkFreeSpace(environment);
  let begun: JobWriter | null = null;
  environment.onInterrupt(() => begun?.abandon());
  const job = openJob(environment.spoolDirectory, { ids: environment.ids });
  begun = job;
  let body: number | null = null;
  try {
    await copyBody(input, job, environment.settings.queue.maxMessageBytes);
    const composition = composeMessage(submission, input, details, job.id);
    reportMessage(submission, composition);
    body = fs.openSync(job.bodyFile(), 'r');
    await settle(composition, composeControlFile(composition), body);
    environment.onInterrupt(null, submission.judge.verdict.status || ExitStatus.USAGE);
  } finally {
    if (body !== null) fs.closeSync(body);
    job.abandon();
  }
}

async function copyBody(input: Input, job: JobWriter, maxBytes: number): Promise<void> {
  for await (const chunk of input.body) {
    if (maxBytes > 0 && input.sizeBytes() > maxBytes)
      throw new CommandError(ExitStatus.UNAVAILABLE, `Message exceeds maximum fixed size (${maxBytes})`);
    job.writeBody(chunk);
  }
}

/** `more`: lines of the log that follow. */
export function reportMessage(
  { environment: { log }, judge }: Submission,
  composition: Composition,
  more: readonly string[] = [],
): void {
  const { id, hostname, warnings } = composition;
  const vouching = warnings.map((warning) => `Authentication-Warning: ${hostname}: ${warning}`);
  log.write(id, ...vouching, ...judge.verdict.words, fromLine(composition), ...more);
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

const MAX_HOPS = 25;

/** null: it does not go in circles, as far as its header tells. */
export function whyLoop({ hopCount, tuning }: SubmissionRequest, { fields }: Pick<Input, 'fields'>): string | null {
  const maxHops = tuning.maxHops ?? MAX_HOPS;
  const hops = Math.max(hopCount, 1 + fields.filter(({ name }) => isTraceField(name)).length);
  return hops > maxHops ? `Too many hops ${hops} (${maxHops} max): the message goes in circles` : null;
}

const SPOOL_STATUS: Readonly<Record<SpoolErrorKind, ExitStatus>> = {
  'not-ours': ExitStatus.NOPERM,
  'not-writable': ExitStatus.CANTCREAT,
  'not-a-directory': ExitStatus.CANTCREAT,
  'no-space': ExitStatus.TEMPFAIL,
  io: ExitStatus.IOERR,
};

export function explainFailure(
  error: unknown,
  directory: string,
  doing = 'read the message or store it',
): { status: ExitStatus; words: string } {
  if (error instanceof SpoolError) return { status: SPOOL_STATUS[error.kind], words: error.message };
  if (error instanceof CommandError) return { status: error.status, words: error.message };
  const words = error instanceof Error ? error.message : String(error);
  return { status: ExitStatus.IOERR, words: `cannot ${doing} in ${directory}: ${words}` };
}
