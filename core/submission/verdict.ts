/**
 * What was wrong with the addresses of a message, and what follows: words on standard output as
 * the callers of sendmail know them, an exit status, the M line, flag `s`, dead.letter.
 */
import { ExitStatus } from '../system/exit-status.js';
import type { AddressProblem } from './recipients.js';
import type { ErrorMode } from './request.js';

export interface Verdict {
  readonly status: ExitStatus;
  /** In order; the last one is the M line. */
  readonly words: readonly string[];
  /** Something was wrong in the header: sendmail then leaves out flag `s`. */
  readonly inHeader: boolean;
  /** A word of the command line was refused: sendmail then keeps the message in dead.letter. */
  readonly refusedOperand: boolean;
  /** A refusal was said on standard output. */
  readonly said: boolean;
}

export interface Judge {
  readonly verdict: Verdict;
  /** Something else is wrong that does not keep the message from being queued. */
  note(status: ExitStatus, words: string): void;
  operand(problems: readonly AddressProblem[]): void;
  /** `alone`: no recipient is left. */
  header(problems: readonly AddressProblem[], alone: boolean): void;
}

export interface Voice {
  say(text: string): void;
  complain(text: string): void;
}

export function createJudge(errorMode: ErrorMode, { say, complain }: Voice): Judge {
  const verdict = {
    status: ExitStatus.OK as ExitStatus,
    words: [] as string[],
    inHeader: false,
    refusedOperand: false,
    said: false,
  };
  const fail = (status: ExitStatus): void => {
    if (verdict.status === ExitStatus.OK) verdict.status = status;
  };
  const speak = (words: string): void => {
    verdict.said = true;
    say(`${words}\n`);
  };
  return {
    verdict,
    note(status, words) {
      fail(status);
      say(`${words}\n`);
    },
    operand(problems) {
      for (const { words, status, kind } of problems) {
        // In the modes that mail errors back sendmail prints nothing; we mail none, so they go aside.
        if (errorMode === 'p') speak(words);
        else if (errorMode !== 'q') complain(`sendmail: ${words}\n`);
        verdict.words.push(words);
        verdict.refusedOperand ||= kind !== 'repaired';
        fail(status);
      }
    },
    header(problems, alone) {
      for (const { words, status, kind } of problems) {
        // sendmail is silent when an 8-bit character costs a message its only recipients.
        if (alone && kind === 'charset') complain(`sendmail: ${words}\n`);
        else speak(words);
        verdict.words.push(words);
        verdict.inHeader = true;
        if (kind !== 'repaired') fail(status);
      }
    },
  };
}
