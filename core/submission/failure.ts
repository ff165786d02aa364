/**
 * What becomes of a message some of whose addresses were refused (savemail.c): where errors are
 * printed, a user's own message goes to dead.letter at home; everybody else's, one of root, and one
 * that cannot be kept there is mailed back, as is all of it where -oe says so. Nothing is done for
 * who wants no report of failures. Loads what it needs only when it is needed.
 */
import type { ControlFile } from '../spool/control-file.js';
import { ExitStatus } from '../system/exit-status.js';
import type { Composition } from './compose.js';
import type { Submission } from './storage.js';

export type Fate = 'nothing' | 'letter' | 'report';

export function fateOf(submission: Submission): Fate {
  const { errorMode, notify } = submission.request;
  const { refusals, inHeader } = submission.judge.verdict;
  if (refusals.length === 0 || errorMode === 'q') return 'nothing';
  if (notify !== null && !notify.includes('F')) return 'nothing';
  return errorMode === 'p' && !inHeader && hasLetter(submission) ? 'letter' : 'report';
}

/** Only the user's own home is written to; root's sendmail has given up root's rights by then. */
function hasLetter({ sender, environment: { submitter, home } }: Submission): boolean {
  return sender.isOwn && submitter.uid !== 0 && home !== null;
}

/** -oee: the report says it all. */
export function mailedStatus(submission: Submission, status: ExitStatus): ExitStatus {
  return submission.request.errorMode === 'e' && fateOf(submission) === 'report' ? ExitStatus.OK : status;
}

/** `body` is a descriptor of the message's body, open for reading. */
export async function giveBack(
  submission: Submission,
  composition: Composition,
  control: ControlFile,
  body: number,
): Promise<void> {
  if (fateOf(submission) === 'letter' && (await keepLetter(submission, composition, control, body))) return;
  const { queueBounce } = await import('./bounce.js');
  queueBounce(submission, composition, control, body);
}

/** False when it was not kept. */
export async function keepLetter(
  submission: Submission,
  composition: Composition,
  control: ControlFile,
  body: number,
): Promise<boolean> {
  const { environment } = submission;
  if (environment.home === null || !hasLetter(submission)) return false;
  const { saveDeadLetter } = await import('./dead-letter.js');
  const file = saveDeadLetter(environment.home, control, composition, body);
  if (file !== null) environment.say(`${file}... Saved message in ${file}\n`);
  return file !== null;
}
