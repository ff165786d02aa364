/**
 * Acts on named messages, through the agent where one runs, else on the spool itself under the
 * same locks. Each message has a result of its own; the worst one is the exit status.
 */
import type { ActionResult, QueueId } from '../queue/entry.js';
import type { RunSummary } from '../queue/run-context.js';
import { ExitStatus } from '../system/exit-status.js';
import { askAgent, ownOuttray } from './current-agent.js';
import { count, print, printJson } from './output.js';

type Act = 'hold' | 'release' | 'remove';

const PAST: Readonly<Record<Act, string>> = { hold: 'held', release: 'released', remove: 'removed' };

interface Result {
  readonly id: QueueId;
  readonly result: ActionResult | 'started';
}

export async function act(what: Act, ids: readonly QueueId[], json: boolean): Promise<ExitStatus> {
  const answers = (await askAgent(`queue:${what}`, ids)) ?? directly(what, ids);
  const results = ids.map((id, index): Result => ({ id, result: answers[index] ?? 'gone' }));
  if (json) printJson({ results });
  else report(results, PAST[what]);
  return statusOf(results);
}

function directly(what: Act, ids: readonly QueueId[]): ActionResult[] {
  const outtray = ownOuttray();
  return ids.map((id) => outtray[what](id));
}

/** Try now, whatever the schedule says; held ones are released first. */
export async function sendNow(ids: readonly QueueId[], json: boolean): Promise<ExitStatus> {
  const known = new Set(((await askAgent('queue:list')) ?? ownOuttray().entries()).map((entry) => entry.id));
  const present = ids.filter((id) => known.has(id));
  const missing = ids.filter((id) => !known.has(id)).map((id): Result => ({ id, result: 'gone' }));
  const started = await askAgent('queue:send', present);
  if (started !== null) {
    const results = [...present.map((id): Result => ({ id, result: 'started' })), ...missing];
    if (json) printJson({ results });
    else report(results, 'handed to the agent');
    return statusOf(results);
  }
  return await runHere(present, missing, json);
}

async function runHere(present: readonly QueueId[], missing: readonly Result[], json: boolean): Promise<ExitStatus> {
  const outtray = ownOuttray();
  const wanted = new Set(present);
  const results = present.map((id): Result => ({ id, result: outtray.release(id) }));
  const troubles = new Map<string, string>();
  const summary = await outtray.runQueue({
    flush: (id) => wanted.has(id),
    select: (job) => wanted.has(job.id),
    onRelay: (name, problem) => {
      if (problem !== null) troubles.set(name, `${problem.message} ${problem.remedy}`.trim());
    },
  });
  const all = [...results, ...missing];
  if (json) printJson({ results: all, summary });
  else {
    report(
      all.filter(({ result }) => result !== 'done'),
      '',
    );
    for (const [name, trouble] of troubles) print(`${name}: ${trouble}`);
    print(describeSummary(summary));
  }
  const left = summary.deferred + summary.uncertain + summary.unrouted;
  if (summary.failed > 0) return ExitStatus.UNAVAILABLE;
  return left > 0 ? ExitStatus.TEMPFAIL : statusOf(all);
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
      gone: 'not in the queue',
    };
    print(`${id}: ${words[result]}`);
  }
}

function statusOf(results: readonly Result[]): ExitStatus {
  if (results.some(({ result }) => result === 'gone')) return ExitStatus.NOINPUT;
  return results.some(({ result }) => result === 'busy') ? ExitStatus.TEMPFAIL : ExitStatus.OK;
}
