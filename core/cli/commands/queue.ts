/**
 * `outtray queue list | show ID | send|hold|release|remove ID...|all | edit ID | export ID [FILE] [--json]`.
 * `show` also tells of messages that left lately. Exit status: EX_NOINPUT when a message is not there, EX_TEMPFAIL when a run has claimed it.
 */

import { parseSendTime, SEND_TIME_EXAMPLES } from '../../mail/send-time.js';
import type { MessageDetail, QueueEntry } from '../../queue/entry.js';
import type { JournalRecord } from '../../queue/journal.js';
import { localOffsetMinutes } from '../../submission/local-time.js';
import { CommandError, ExitStatus } from '../../system/exit-status.js';
import { printable } from '../../system/log.js';
import { askAgent, ownOuttray } from '../agent/current-agent.js';
import { chooseForm, parseForm, usageError } from '../arguments.js';
import { attemptLines, fateWords } from '../attempt-lines.js';
import type { EditOptions } from '../editing/edit-options.js';
import { formatSize, formatTime, print, printJson, printTable } from '../output.js';
import { act, cancel, sendNow } from '../queue-actions.js';

export async function run(args: readonly string[]): Promise<ExitStatus> {
  const { form, args: rest } = chooseForm('queue', args);
  const { options, words } = parseForm('queue', form, rest);
  const json = 'json' in options && options.json === true;
  const when: unknown = 'until' in options ? options.until : undefined;
  const until = typeof when === 'string' ? readTime(when) : undefined;
  if (form === 'edit') return await edit(words[0] ?? '', options, json);
  if (form === 'export') return await exportTo(words[0] ?? '', words[1]);
  const entries = (await askAgent('queue:list')) ?? ownOuttray().entries();
  switch (form) {
    case 'list':
      if (json) printJson(entries);
      else printEntries(entries);
      return ExitStatus.OK;
    case 'show':
      return await show(words[0] ?? '', json);
    case 'send':
      return await sendNow(words.length === 0 || words[0] === 'all' ? null : chosen(words, entries), json);
    case 'cancel':
      return await cancel(words[0] ?? '', json);
    case 'hold':
    case 'release':
    case 'remove':
      return await act(form, chosen(words, form === 'remove' ? entries : entries.filter(isUsable)), json, until);
  }
}

/** On the spool itself, agent or not: the lock on the message keeps it from being sent, and the agent sees what comes of it. */
async function edit(id: string, options: object, json: boolean): Promise<ExitStatus> {
  const { to, from, subject } = options as Partial<EditOptions>;
  const { editMessage } = await import('../editing/edit-message.js');
  const newId = await editMessage(ownOuttray(), id, { to, from, subject });
  if (json) printJson({ id, newId });
  else print(`${id}: ${newId === null ? 'unchanged' : `changed, and queued as ${newId}`}`);
  return ExitStatus.OK;
}

async function exportTo(id: string, file: string | undefined): Promise<ExitStatus> {
  const { exportMessage } = await import('../editing/export-message.js');
  await exportMessage(ownOuttray(), id, file === undefined || file === '-' ? null : file);
  return ExitStatus.OK;
}

function readTime(text: string): number {
  const now = Date.now();
  const at = parseSendTime(text, { now, offsetMinutes: localOffsetMinutes });
  if (at === null) throw usageError(`--until "${text}" is no time; write ${SEND_TIME_EXAMPLES}`, 'queue', 'hold');
  if (at <= now) throw usageError(`--until "${text}" is over already`, 'queue', 'hold');
  return at;
}

/** Ids that were named, each once; `all` is every message there is now. What is lost can only be removed. */
function chosen(words: readonly string[], entries: readonly QueueEntry[]): string[] {
  if (!words.includes('all')) return [...new Set(words)];
  if (words.length > 1) throw usageError('all stands alone', 'queue');
  return entries.map((entry) => entry.id);
}

function isUsable(entry: QueueEntry): boolean {
  return entry.state !== 'lost';
}

function printEntries(entries: readonly QueueEntry[]): void {
  if (entries.length === 0) print('The queue is empty.');
  const byAge = [...entries].sort((a, b) => a.queuedAt - b.queuedAt || a.id.localeCompare(b.id));
  for (const { id, state, to, subject, reason, queuedAt, sizeBytes, nextAttemptAt } of byAge) {
    print(printable(`${id}  ${state.replace('-', ' ')}  ${formatTime(queuedAt)}  ${formatSize(sizeBytes)}`));
    print(printable(`    To: ${to}`));
    if (subject !== '') print(printable(`    Subject: ${subject}`));
    const at = state === 'scheduled' && nextAttemptAt !== undefined ? ` At ${formatTime(nextAttemptAt)}.` : '';
    print(printable(`    ${reason}${at}`));
  }
}

async function show(id: string, json: boolean): Promise<ExitStatus> {
  const detail = (await askAgent('queue:message', id)) ?? (await ownOuttray().detail(id));
  if (detail === null) return showGone(id, json);
  if (json) printJson(detail);
  else printDetail(detail);
  return ExitStatus.OK;
}

function showGone(id: string, json: boolean): ExitStatus {
  const attempts = ownOuttray().journal.read(id);
  const last = attempts.at(-1);
  if (last === undefined) throw new CommandError(ExitStatus.NOINPUT, `no message ${id} in the queue`);
  if (json) {
    printJson({ entry: null, attempts });
    return ExitStatus.OK;
  }
  print(printable(`${id} is not in the queue any more: ${fateWords(last)}.`));
  printAttempts(attempts);
  return ExitStatus.OK;
}

function printAttempts(attempts: readonly JournalRecord[]): void {
  if (attempts.length === 0) return;
  print();
  print('Attempts');
  for (const line of attemptLines(attempts)) print(printable(line));
}

function printDetail({ entry, raw, rawTruncated, attempts }: MessageDetail): void {
  const rows = [
    ['State', entry.state.replace('-', ' ')],
    ['Reason', entry.reason],
    ...(entry.reply === undefined ? [] : [['Reply', entry.reply]]),
    ['Next', entry.next],
    ...(entry.nextAttemptAt === undefined ? [] : [['Tried at', formatTime(entry.nextAttemptAt)]]),
    ['Queued', `${formatTime(entry.queuedAt)}, ${entry.attempts} attempts so far`],
    ['Sender', entry.sender],
    ...entry.recipients.map(({ address, blind, status }) => [
      blind ? 'Blind' : 'To',
      status === undefined ? address : `${address}  (${status})`,
    ]),
    ...(entry.relay === undefined ? [] : [['Relay', entry.relay]]),
  ];
  printTable(rows);
  printAttempts(attempts);
  print();
  // Line ends and tabs are the message's; what else a terminal would obey is shown instead.
  print(
    raw
      .split('\n')
      .map((line) => line.split('\t').map(printable).join('\t'))
      .join('\n'),
  );
  if (rawTruncated) print('[... the rest is not shown]');
}
