/** What a check of `outtray doctor` answers: fine, worth knowing, or wrong with what to do. */
export interface Finding {
  readonly check: string;
  readonly level: 'ok' | 'note' | 'problem';
  readonly text: string;
  /** Empty when there is nothing to do. */
  readonly remedy: string;
}

export function ok(check: string, text: string): Finding {
  return { check, level: 'ok', text, remedy: '' };
}

export function note(check: string, text: string, remedy: string): Finding {
  return { check, level: 'note', text, remedy };
}

export function problem(check: string, text: string, remedy: string): Finding {
  return { check, level: 'problem', text, remedy };
}
