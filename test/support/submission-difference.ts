/**
 * What two submissions differ in, as few lines as tell it: `-` of the real sendmail, `+` of ours. Empty
 * when they came out the same.
 */
import type { SubmissionResult } from './recorded-submission.js';

export function differencesOf(theirs: SubmissionResult, ours: SubmissionResult): string[] {
  const [their, our] = [partsOf(theirs), partsOf(ours)];
  return [...new Set([...their.keys(), ...our.keys()])].sort().flatMap((part) => {
    const [before, after] = [their.get(part) ?? [], our.get(part) ?? []];
    if (before.join('\n') === after.join('\n')) return [];
    const gone = before.filter((line) => !after.includes(line));
    const added = after.filter((line) => !before.includes(line));
    const moved = gone.length + added.length === 0 ? ['their order, or how often'] : [];
    return [`${part}:`, ...gone.map((line) => `- ${line}`), ...added.map((line) => `+ ${line}`), ...moved];
  });
}

function partsOf({ files, exit, stdout }: SubmissionResult): Map<string, readonly string[]> {
  const texts = Object.entries(files).map(([name, text]) => [name, text.split('\n')] as const);
  return new Map([['exit', [String(exit)]], ['stdout', stdout.split('\n')], ...texts]);
}
