/**
 * Acts on named messages, through the agent where one runs, else on the spool itself under the
 * same locks. Each message has a result of its own; the worst one is the exit status.
 */

import { scheduledReason } from '../mail/send-time.js';
import type { ActionResult, QueueId } from '../queue/entry.js';
import type { CancelResult } from '../queue/progress.js';
import type { RunSummary } from '../queue/run-context.js';
import { ExitStatus } from '../system/exit-status.js';
import { askAgent, ownOuttray } from './agent/current-agent.js';
import { count, print, printJson } from './output.js';

type Act = 'hold' | 'release' | 'remove';

const PAST: Readonly<Record<Act, string>> = { hold: 'held', release: 'released', remove: 'removed' };

interface Result {
  readonly id: QueueId;
  readonly result: ActionResult | 'started';
}

/** `until`: of `hold`, when they go by themselves. */
export async function act(
  what: Act,
  ids: readonly QueueId[],
  json: boolean,
  until: number | undefined,
): Promise<ExitStatus> {
  const asked = what === 'hold' ? askAgent('queue:hold', ids, until) : askAgent(`queue:${what}`, ids);
  const answers = (await asked) ?? directly(what, ids, until);
  const results = ids.map((id, index): Result => ({ id, result: answers[index] ?? 'gone' }));
  if (json) printJson({ results });
  else report(results, PAST[what]);
  return statusOf(results);
}

function directly(what: Act, ids: readonly QueueId[], until: number | undefined): ActionResult[] {
  const outtray = ownOuttray();
  const reason = until === undefined ? undefined : scheduledReason(until);
  return ids.map((id) => (what === 'hold' ? outtray.hold(id, reason) : outtray[what](id)));
}

/** Only the agent can stop what it is sending. */
export async function cancel(id: QueueId, json: boolean): Promise<ExitStatus> {
  const result = (await askAgent('queue:cancel', id)) ?? 'gone';
  const words: Readonly<Record<CancelResult, string>> = {
    cancelled: 'stopped, and held: release it to send it from the beginning',
    'too-late': 'all of it is sent already; the relay has yet to take it',
    gone: 'no agent is sending it',
  };
  if (json) printJson({ id, result });
  else print(`${id}: ${words[result]}`);
  if (result === 'gone') return ExitStatus.NOINPUT;
  return result === 'cancelled' ? ExitStatus.OK : ExitStatus.TEMPFAIL;
}

/** Try now, whatever the schedule says. Named ones are released first where they are held; null: all but the held. */
export async function sendNow(ids: readonly QueueId[] | null, json: boolean): Promise<ExitStatus> {
  const entries = (await askAgent('queue:list')) ?? ownOuttray().entries();
  const known = new Set(entries.map((entry) => entry.id));
  const results = (ids ?? []).map((id): Result => ({ id, result: known.has(id) ? 'started' : 'gone' }));
  const present = results.filter(({ result }) => result === 'started').map(({ id }) => id);
  const started = await askAgent('queue:send', ids === null ? null : present);
  if (started === null) return await runHere(ids, json);
  if (json) printJson({ results });
  else if (ids === null) print('The agent sends what can be sent.');
  else report(results, 'handed to the agent');
  return statusOf(results);
}

async function runHere(ids: readonly QueueId[] | null, json: boolean): Promise<ExitStatus> {
  const outtray = ownOuttray();
  const wanted = ids === null ? null : new Set(ids);
  const results = (ids ?? []).map((id): Result => ({ id, result: outtray.release(id) }));
  const troubles = new Map<string, string>();
  const summary = await outtray.runQueue({
    flush: (id) => wanted?.has(id) ?? true,
    select: (job) => wanted?.has(job.id) ?? true,
    counting: 'run',
    onRelay: (name, problem) => {
      if (problem !== null) troubles.set(name, `${problem.message} ${problem.remedy}`.trim());
    },
  });
  if (json) {
    printJson({ results, summary });
  } else {
    const refused = results.filter(({ result }) => result !== 'done');
    report(refused, '');
    for (const [name, trouble] of troubles) print(`${name}: ${trouble}`);
    if (refused.length === 0 || refused.length < results.length) print(describeSummary(summary));
  }
  const left = summary.deferred + summary.uncertain + summary.unrouted;
  if (summary.failed > 0) return ExitStatus.UNAVAILABLE;
  return left > 0 ? ExitStatus.TEMPFAIL : statusOf(results);
}

function describeSummary({ sent, deferred, failed, uncertain, unrouted }: RunSummary): string {
  const parts = [
    [sent, `${count(sent, 'recipient')} sent`],
    [deferred, `${deferred} put off`],
    [failed, `${failed} refused for good`],
    [uncertain, `${uncertain} maybe sent`],
    [unrouted, `${count(unrouted, 'message')} without a relay`],
  ] as const;
  const said = parts.filter(([number]) => number > 0).map(([, words]) => words);
  return said.length === 0 ? 'Nothing to send.' : `${said.join(', ')}.`;
}

function report(results: readonly Result[], done: string): void {
  for (const { id, result } of results) {
    const words = {
      done,
      started: done,
      busy: 'is being sent right now; try again in a moment',
      // A lost message can be looked at and removed, and nothing else.
      gone: 'not in the queue, or lost',
    };
    print(`${id}: ${words[result]}`);
  }
}

function statusOf(results: readonly Result[]): ExitStatus {
  if (results.some(({ result }) => result === 'gone')) return ExitStatus.NOINPUT;
  return results.some(({ result }) => result === 'busy') ? ExitStatus.TEMPFAIL : ExitStatus.OK;
}
