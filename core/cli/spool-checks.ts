/**
 * What doctor says of the messages themselves: how many wait, are held or failed, each one that is lost
 * with its file, the reason and the remedy, and each thing in the spool that is no message.
 */
import { parseHold } from '../queue/hold-reason.js';
import { findLeftovers } from '../spool/leftovers.js';
import type { JobKind, Spool, SurveyedJob } from '../spool/spool.js';
import { type Finding, note, ok, problem } from './finding.js';
import { count } from './output.js';

export function checkMessages(spool: Spool, now: number): Finding[] {
  const known = surveyAll(spool);
  const unread = spool.list().filter(({ id, kind }) => !known.has(kind + id));
  const damaged = [...known.values(), ...unread].flatMap(({ id, kind }) => {
    const surveyed = known.get(kind + id);
    if (surveyed !== undefined && kind !== 'Qf' && surveyed.damage === undefined) return [];
    const damage = spool.read({ id, kind })?.damage;
    return damage === undefined ? [] : [lost(id, kind, damage)];
  });
  return [...counts([...known.values()]), ...damaged, ...leftovers(spool, now)];
}

function surveyAll(spool: Spool): Map<string, SurveyedJob> {
  const jobs = new Map<string, SurveyedJob>();
  for (const kind of ['qf', 'hf', 'Qf'] as const) {
    for (const job of spool.survey({ kind, onUnread: () => {} })) {
      const { id, damage, locked } = job;
      const reason = kind === 'hf' ? job.control?.quarantineReason : undefined;
      // Of thousands no more is kept than is counted.
      jobs.set(kind + id, {
        id,
        kind,
        locked,
        ...(damage === undefined ? {} : { damage }),
        ...(job.control === undefined || reason === undefined ? {} : { control: job.control }),
      });
    }
  }
  return jobs;
}

function counts(jobs: readonly SurveyedJob[]): Finding[] {
  const sound = jobs.filter((job) => job.kind !== 'Qf' && job.damage === undefined);
  const holds = sound.filter((job) => job.kind === 'hf').map((job) => parseHold(job.control?.quarantineReason ?? ''));
  const of = (kind: string): number => holds.filter((hold) => hold.kind === kind).length;
  const parts = [
    ...[[sound.length - holds.length, 'waiting'] as const, [of('held'), 'held'] as const],
    ...[[of('scheduled'), 'scheduled'] as const, [of('failed'), 'refused for good'] as const],
  ].flatMap(([number, words]) => (number === 0 ? [] : [`${number} ${words}`]));
  const text = sound.length === 0 ? 'none' : `${count(sound.length, 'message')}: ${parts.join(', ')}`;
  if (of('failed') === 0) return [ok('messages', text)];
  return [note('messages', text, 'Look with: outtray queue list')];
}

function lost(id: string, kind: JobKind, damage: string): Finding {
  const file = `${kind}${id}`;
  const state = kind === 'Qf' ? 'was set aside and is not sent' : 'is not sent, and is set aside by the next run';
  return problem('messages', `${file} ${state}: ${damage}`, remedyFor(id, damage));
}

function remedyFor(id: string, damage: string): string {
  const remove = `or delete it: outtray queue remove ${id}`;
  if (damage === 'data file missing') return `Its body is gone. Put df${id} back and rename it to qf${id}, ${remove}`;
  if (damage === 'permission denied') return 'Make it readable and writable for you.';
  if (damage.startsWith('bogus queue file:'))
    return `If it is yours, make it yours alone (chown, chmod 0600, one name) and rename it to qf${id}, ${remove}`;
  if (damage.startsWith('unsupported')) return `A newer program wrote it; let that one send it, ${remove}`;
  return `Look with: outtray queue show ${id}. Mend it and rename it to qf${id}, ${remove}`;
}

function leftovers(spool: Spool, now: number): Finding[] {
  return findLeftovers(spool.directory, now).map(({ file, problem: what, remedy, debris }) =>
    debris ? note('spool', `${file}: ${what}`, remedy) : problem('spool', `${file}: ${what}`, remedy),
  );
}
