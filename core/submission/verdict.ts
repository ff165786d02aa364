/**
 * What was wrong with the addresses of a message, and what follows: words on standard output as
 * the callers of sendmail know them, an exit status, the M line, flag `s`, what is given back.
 */
import { ExitStatus } from '../system/exit-status.js';
import type { AddressProblem } from './recipients.js';
import type { ErrorMode } from './request.js';

export interface Verdict {
  readonly status: ExitStatus;
  /** In order, for the log. */
  readonly words: readonly string[];
  /** The M line; null when nothing was wrong. */
  readonly message: string | null;
  /** Recipients that are none, but count for the priority. */
  readonly unknown: number;
  /** Something was wrong in the header: sendmail then leaves out flag `s`. */
  readonly inHeader: boolean;
  /** Who was refused, as sendmail adds them. */
  readonly refusals: readonly AddressProblem[];
}

export interface Judge {
  readonly verdict: Verdict;
  /** Something else is wrong that does not keep the message from being queued. */
  note(words: string): void;
  operand(problems: readonly AddressProblem[]): void;
  /** Of one list, for a report to the sender. */
  refuse(problems: readonly AddressProblem[]): void;
  /** Of -f, which sendmail reads twice when it takes it. */
  sender(problems: readonly AddressProblem[], refused: boolean): void;
  /** `alone`: there is no recipient, nor one that was refused. */
  header(problems: readonly AddressProblem[], alone: boolean): void;
  /** Said already, and not yet logged. */
  log(words: readonly string[]): void;
  /** For the M line: something was refused that leaves no trace but that. */
  remember(message: string): void;
  /** sendmail says so, and queues it all the same. */
  eightBit(): void;
  /** Of address fields as they are written; sendmail shows them after it had to say something about the header. */
  layout(words: readonly string[]): void;
}

export interface Voice {
  say(text: string): void;
  complain(text: string): void;
}

export function createJudge(errorMode: ErrorMode, { say, complain }: Voice): Judge {
  let strong: ExitStatus = ExitStatus.OK;
  /** Something was wrong that had no status of its own. */
  let weak = false;
  const verdict = {
    get status(): ExitStatus {
      return strong === ExitStatus.OK && weak ? ExitStatus.USAGE : strong;
    },
    words: [] as string[],
    message: null as string | null,
    unknown: 0,
    inHeader: false,
    refusals: [] as AddressProblem[],
  };
  const fail = (status: ExitStatus): void => {
    if (strong === ExitStatus.OK) strong = status;
    weak = true;
  };
  const lateUsers = new Set<string>();
  const refusedUsers = new Set<string>();
  /** Nobody is reported twice. */
  const isNew = ({ lateUser }: AddressProblem): boolean => {
    const repeated = lateUser !== undefined && refusedUsers.has(lateUser);
    if (lateUser !== undefined) refusedUsers.add(lateUser);
    return !repeated;
  };
  const isRepeated = ({ lateUser }: AddressProblem): boolean => {
    if (lateUser === undefined) return false;
    const repeated = lateUsers.has(lateUser);
    lateUsers.add(lateUser);
    return repeated;
  };
  const record = ({ words, message, kind }: AddressProblem): void => {
    verdict.words.push(words);
    verdict.message = message;
    if (kind === 'unknown') verdict.unknown = 1;
  };
  const refuse = (problem: AddressProblem): void => {
    const { words, status } = problem;
    // The modes that mail errors back print nothing.
    if (errorMode === 'p') say(`${words}\n`);
    record(problem);
    fail(status);
  };
  return {
    verdict,
    note(words) {
      weak = true;
      if (errorMode === 'p') say(`${words}\n`);
    },
    refuse(problems) {
      const refused = problems.filter((problem) => /^(?:refused|unknown)$/.test(problem.kind) && isNew(problem));
      if (refused.length > 0) verdict.refusals.push(...refused.reverse());
    },
    log(words) {
      verdict.words.push(...words);
    },
    remember(message) {
      verdict.message = message;
    },
    operand(problems) {
      for (const problem of problems) {
        if (isRepeated(problem)) continue;
        refuse(problem);
      }
    },
    sender(problems, refused) {
      for (let left = refused ? 1 : 2; left > 0; left -= 1) for (const problem of problems) refuse(problem);
    },
    header(problems, alone) {
      let last: string | null = null;
      for (const problem of problems) {
        const { words, status, kind } = problem;
        if (isRepeated(problem)) continue;
        last = words;
        // sendmail is silent when an 8-bit character costs a message its only recipients.
        if (alone && kind === 'charset') complain(`sendmail: ${words}\n`);
        record(problem);
        verdict.inHeader = true;
        if (kind !== 'repaired') fail(status);
      }
      // sendmail holds what it has to say about the header, and the last stays.
      if (last !== null && !alone) say(`${last}\n`);
    },
    eightBit() {
      const words = 'Eight bit data not allowed';
      if (errorMode === 'p') say(`${words}\n`);
      verdict.words.push(words);
      verdict.message = words;
      verdict.inHeader = true;
    },
    layout(words) {
      if (verdict.inHeader) for (const line of words) say(`${line}\n`);
    },
  };
}
