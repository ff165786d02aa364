/**
 * `outtray queue edit`: a message becomes another one, by options or in the person's editor. The old one is claimed
 * for as long as that takes, so no run and no agent can have it meanwhile, and on hold, should we be killed.
 * What may have been sent already is not edited: two different messages could arrive.
 */
import { isAscii } from 'node:buffer';
import type { Outtray } from '../../assemble.js';
import { fieldValue } from '../../mail/header.js';
import { type Edits, editControl, isSameMessage } from '../../queue/edit.js';
import type { QueueId } from '../../queue/entry.js';
import { HELD_IN_EDIT, parseHold } from '../../queue/hold-reason.js';
import type { ControlFile } from '../../spool/control-file.js';
import type { JobWriter } from '../../spool/create-job.js';
import type { ClaimedJob, Spool } from '../../spool/spool.js';
import { localOffsetMinutes } from '../../submission/local-time.js';
import { scheduleOf } from '../../submission/send-at.js';
import { CommandError, ExitStatus } from '../../system/exit-status.js';
import { readNewSender, readRecipients } from './addresses.js';
import { type Draft, openDraft } from './draft.js';
import { parseForm } from './edit-form.js';
import { type EditOptions, readOptions } from './edit-options.js';
import { chooseEditor, runEditor } from './editor.js';
import { LeftBehind, type Replacement, replaceJob } from './replace-job.js';

/** Returns the id of the new message; null: nothing was changed, and it is as it was. */
export async function editMessage(outtray: Outtray, id: QueueId, options: EditOptions): Promise<QueueId | null> {
  const byOptions = readOptions(options, outtray.hostname);
  const editor = byOptions === null ? chooseEditor(process.env) : '';
  const job = claim(outtray.spool, id);
  try {
    const newId = await inPlace(job, () =>
      byOptions === null ? editInEditor(outtray, job, editor) : replaceBy(outtray, job, byOptions(job.control)),
    );
    if (newId !== null) outtray.journal.forget(id);
    return newId;
  } catch (error) {
    if (!(error instanceof CommandError) || error instanceof LeftBehind) throw error;
    throw new CommandError(error.status, `${error.message}\n${id} is kept as it was`, { cause: error });
  } finally {
    job.release();
  }
}

function claim(spool: Spool, id: QueueId): ClaimedJob {
  for (const kind of ['qf', 'hf'] as const) {
    const job = spool.claim({ id, kind });
    if (job === 'busy')
      throw new CommandError(
        ExitStatus.TEMPFAIL,
        `${id} is being sent, or edited, right now and is left alone; try again in a moment`,
      );
    if (typeof job === 'string') continue;
    if (job.uncertain === undefined) return job;
    job.release();
    throw maybeSent(id);
  }
  if (!spool.holds(id)) throw new CommandError(ExitStatus.NOINPUT, `no message ${id} in the queue`);
  throw new CommandError(
    ExitStatus.DATAERR,
    `${id} is lost and cannot be edited; what can be read of it: outtray queue export ${id}`,
  );
}

function maybeSent(id: QueueId): CommandError {
  return new CommandError(
    ExitStatus.UNAVAILABLE,
    `${id}: it may have been sent already, so it is not changed. Ask a recipient; then send it again as it is ` +
      `(outtray queue send ${id}), or keep a copy (outtray queue export ${id} FILE) and delete it (outtray queue remove ${id})`,
  );
}

/** On hold meanwhile; what it was before it is again unless it was replaced. */
async function inPlace(job: ClaimedJob, edit: () => QueueId | null | Promise<QueueId | null>): Promise<QueueId | null> {
  const { kind, control } = job;
  const putBack = (): void => {
    const { quarantineReason: reason } = control;
    if (job.control.quarantineReason !== reason) job.quarantine(kind === 'hf' ? (reason ?? '') : null);
  };
  let replaced = false;
  try {
    if (kind === 'qf') job.quarantine(HELD_IN_EDIT);
    const newId = await edit();
    replaced = newId !== null;
    return newId;
  } catch (error) {
    replaced = error instanceof LeftBehind;
    throw error;
  } finally {
    if (!replaced) putBack();
  }
}

async function editInEditor(outtray: Outtray, job: ClaimedJob, editor: string): Promise<QueueId | null> {
  const draft = openDraft(outtray.paths.stateDirectory, outtray.spool, job);
  let kept = false;
  try {
    if (draft.resumed)
      process.stderr.write(`outtray: this is what you wrote last time; delete ${draft.file} to begin anew\n`);
    await runEditor(editor, draft.file);
    if (draft.isGone()) throw new CommandError(ExitStatus.DATAERR, `the editor left no file ${draft.file}`);
    if (draft.isUntouched()) return null;
    return replaceByDraft(outtray, job, draft);
  } catch (error) {
    kept = isWorthKeeping(draft);
    if (!kept || !(error instanceof CommandError)) throw error;
    const where = `what you wrote is in ${draft.file}; the next edit of ${job.id} goes on with it`;
    throw new CommandError(error.status, `${error.message}\n${where}`, { cause: error });
  } finally {
    if (!kept) draft.discard();
  }
}

function isWorthKeeping(draft: Draft): boolean {
  try {
    return !draft.isGone() && !draft.isUntouched() && !draft.isEmpty();
  } catch {
    return false;
  }
}

function replaceByDraft(outtray: Outtray, job: ClaimedJob, draft: Draft): QueueId | null {
  if (draft.isEmpty()) throw new CommandError(ExitStatus.DATAERR, 'the file is empty');
  const text = draft.read();
  if (text.header.trim() === '')
    throw new CommandError(ExitStatus.DATAERR, 'the file begins with an empty line, so there is no header');
  const form = parseForm(text.header, job.control);
  const before = new Set(job.control.recipients.map(({ address }) => address));
  const recipients = form.recipients.flatMap((address) =>
    before.has(address) ? [address] : readRecipients(address, outtray.hostname, ExitStatus.DATAERR),
  );
  const sender =
    form.sender === job.control.sender ? form.sender : readNewSender(form.sender, outtray.hostname, ExitStatus.DATAERR);
  return replaceBy(outtray, job, { sender, recipients, headers: form.headers }, text.readBody);
}

/** `readBody`: of one that was edited. */
function replaceBy(
  outtray: Outtray,
  job: ClaimedJob,
  edits: Edits,
  readBody?: (take: (chunk: Uint8Array) => void) => void,
): QueueId | null {
  const { control: before } = job;
  const { maxRecipients, maxMessageBytes } = outtray.settings.queue;
  const wanted = edits.recipients?.length ?? before.recipients.length;
  if (wanted === 0)
    throw new CommandError(ExitStatus.DATAERR, `no recipient is left; to delete it: outtray queue remove ${job.id}`);
  if (maxRecipients > 0 && wanted > maxRecipients)
    throw new CommandError(
      ExitStatus.DATAERR,
      `${wanted} recipients are too many: ${maxRecipients} at most (queue.maxRecipients)`,
    );
  const nowSeconds = Math.floor(outtray.clock.now() / 1000);
  const control = (bodyBytes: number, eightBit?: boolean): ControlFile =>
    editControl(before, { ...edits, ...(eightBit === undefined ? {} : { eightBit }) }, { nowSeconds, bodyBytes });
  if (readBody === undefined && isSameMessage(before, control(job.dataBytes))) return null;
  const schedule = scheduleFor(outtray, before, control(job.dataBytes));
  let eightBit = edits.headers?.some(({ value }) => /[\u0080-\u00ff]/.test(value)) ?? false;
  const writeBody = (writer: JobWriter): void => {
    if (readBody === undefined) {
      job.readData((chunk) => {
        writer.writeBody(chunk);
        return true;
      });
      return;
    }
    readBody((chunk) => {
      eightBit ||= !isAscii(chunk);
      writer.writeBody(chunk);
      if (maxMessageBytes > 0 && writer.bodyBytes > maxMessageBytes)
        throw new CommandError(
          ExitStatus.DATAERR,
          `it is too large: ${maxMessageBytes} bytes at most (queue.maxMessageBytes)`,
        );
    });
  };
  let bodyBytes = 0;
  const replacement: Replacement = {
    control: () => ({ ...control(bodyBytes, eightBit || readBody !== undefined ? eightBit : undefined), ...schedule }),
    kind: schedule === null ? 'qf' : 'hf',
    writeBody(writer) {
      writeBody(writer);
      bodyBytes = writer.bodyBytes;
    },
  };
  const newId = replaceJob(outtray.paths.spoolDirectory, job, replacement);
  logEdit(outtray, job.id, newId, replacement.control());
  return newId;
}

/** What is to go at its hour still does; another hour in the header is another hour. */
function scheduleFor(
  { clock }: Outtray,
  before: ControlFile,
  after: ControlFile,
): Pick<ControlFile, 'quarantineReason'> | null {
  const was = fieldValue(before.headers, 'x-outtray-send-at')?.trim();
  const is = fieldValue(after.headers, 'x-outtray-send-at')?.trim();
  if (is !== was)
    return is === undefined ? null : scheduleOf(is, { clock, offsetMinutes: (at) => localOffsetMinutes(at) });
  const { quarantineReason = '' } = before;
  return parseHold(quarantineReason).kind === 'scheduled' ? { quarantineReason } : null;
}

function logEdit({ log }: Outtray, id: QueueId, newId: QueueId, control: ControlFile): void {
  const { sender, recipients, headers, quarantineReason } = control;
  const messageId = fieldValue(headers, 'message-id')?.trim() ?? '';
  log.write(
    newId,
    `from=${sender}, nrcpts=${recipients.length}, msgid=${messageId}, edited=${id}`,
    ...(quarantineReason === undefined ? [] : [`quarantine=${quarantineReason}`]),
  );
  log.write(id, `edited, ${newId} takes its place`);
}
