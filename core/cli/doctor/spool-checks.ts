/**
 * What doctor says of the messages themselves: how many wait, are held or failed, each one that is lost
 * with its file, the reason and the remedy, and each thing in the spool that is no message.
 */
import { parseHold } from '../../queue/hold-reason.js';
import { findLeftovers } from '../../spool/leftovers.js';
import type { JobKind, Spool } from '../../spool/spool.js';
import { count } from '../output.js';
import { type Finding, note, ok, problem } from './finding.js';

export function checkMessages(spool: Spool, now: number): Finding[] {
  const tally = new Map<string, number>();
  const damaged: Finding[] = [];
  for (const { id, kind } of spool.list()) {
    const job = spool.read({ id, kind });
    if (job?.damage !== undefined) damaged.push(lost(id, kind, job.damage));
    else if (job !== null) {
      const state = kind === 'hf' ? parseHold(job.control?.quarantineReason ?? '').kind : 'waiting';
      tally.set(state, (tally.get(state) ?? 0) + 1);
    }
  }
  return [counts(tally), ...damaged, ...leftovers(spool, now)];
}

const STATES = [
  ['waiting', 'waiting'],
  ['held', 'held'],
  ['scheduled', 'scheduled'],
  ['failed', 'refused for good'],
  ['replaced', 'edited and left behind'],
] as const;

function counts(tally: ReadonlyMap<string, number>): Finding {
  const parts = STATES.flatMap(([state, words]) => (tally.has(state) ? [`${tally.get(state)} ${words}`] : []));
  const total = [...tally.values()].reduce((sum, number) => sum + number, 0);
  const text = total === 0 ? 'none' : `${count(total, 'message')}: ${parts.join(', ')}`;
  return tally.has('failed') ? note('messages', text, 'Look with: outtray queue list') : ok('messages', text);
}

/** A run passes it over. */
const NOT_FOR_US = 'permission denied';

function lost(id: string, kind: JobKind, damage: string): Finding {
  const file = `${kind}${id}`;
  const next = damage === NOT_FOR_US ? 'is not sent' : 'is not sent, and is set aside by the next run';
  const state = kind === 'Qf' ? 'was set aside and is not sent' : next;
  return problem('messages', `${file} ${state}: ${damage}`, remedyFor(id, damage));
}

function remedyFor(id: string, damage: string): string {
  const remove = `or delete it: outtray queue remove ${id}`;
  if (damage === 'data file missing') return `Its body is gone. Put df${id} back and rename it to qf${id}, ${remove}`;
  if (damage === 'the data file is not a regular file')
    return `Put its body as a plain file into df${id} and rename it to qf${id}, ${remove}`;
  if (damage.startsWith('bogus data file:'))
    return `If the body is this message's, make df${id} a file of its own and rename it to qf${id}, ${remove}`;
  if (damage === NOT_FOR_US) return 'Make it readable and writable for you.';
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
