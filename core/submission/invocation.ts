/**
 * A command line while it is being read, and what becomes of it: the mode it asks for, and
 * refusals in sendmail's words. All errors are said before the end; messages carry SMTP codes only
 * in the modes that speak SMTP. Pure.
 */
import type { QueueFilter, SortOrder } from '../spool/selection.js';
import { ExitStatus } from '../system/exit-status.js';
import { NO_LIMITS } from './queue-limits.js';
import type { Action, CommonOptions, QueueLimits, QueueRunOptions, SubmissionRequest } from './request.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface Draft {
  readonly common: Mutable<CommonOptions> & { remarks: string[] };
  readonly request: Mutable<SubmissionRequest>;
  operation: string;
  /** -q was given: a run, unless another mode uses its filters. */
  runAsked: boolean;
  /** The caller is root. */
  readonly root: boolean;
  /** -q or -Q stand somewhere on the command line. */
  mentionsQueue: boolean;
  foreground: boolean;
  intervalSeconds: number | null;
  persistent: boolean;
  filters: QueueFilter[];
  kind: 'qf' | 'hf' | 'Qf';
  sort: SortOrder | null;
  limits: QueueLimits;
  quarantine: { readonly reason: string | null } | null;
  /** -qG */
  group: string | null;
  /** Said on standard output so far, whole lines. */
  readonly said: string[];
  /** Of the errors so far. */
  status: ExitStatus;
  /** -R was given, right or wrong. */
  returnAsked: boolean;
  /** One of them ended the reading. */
  isOver: boolean;
}

/** The mode that is asked for, be it by a run's option. */
export function modeOf({ operation, runAsked, quarantine }: Draft): string {
  return operation === 'm' && (runAsked || quarantine !== null) ? 'q' : operation;
}

const MODES_BY_NAME = new Map([
  ['mailq', 'p'],
  ['newaliases', 'i'],
  ['hoststat', 'h'],
  ['purgestat', 'H'],
  ['smtpd', 'd'],
]);

export function createDraft(programName: string, recipients: readonly string[], root: boolean): Draft {
  return {
    common: { settingsFile: null, queueDirectory: null, logTag: null, verbose: false, remarks: [] },
    request: {
      recipients,
      recipientsFromHeader: false,
      sender: null,
      senderOption: 'f',
      fullName: null,
      ignoreDots: false,
      bodyType: null,
      sevenBit: false,
      eightBitRefused: false,
      notify: null,
      returnPart: null,
      envelopeId: null,
      hopCount: 0,
      protocol: null,
      receivedFrom: null,
      relayed: false,
      errorMode: 'p',
      deliveryMode: null,
      noAliases: false,
      tuning: {},
    },
    operation: MODES_BY_NAME.get(programName) ?? 'm',
    runAsked: false,
    root,
    mentionsQueue: false,
    foreground: false,
    intervalSeconds: null,
    persistent: false,
    filters: [],
    kind: 'qf',
    sort: null,
    limits: NO_LIMITS,
    quarantine: null,
    group: null,
    said: [],
    status: ExitStatus.OK,
    returnAsked: false,
    isOver: false,
  };
}

/** In modes that speak SMTP, words have a code in front. */
export function say({ operation, said }: Draft, words: string, code: string): void {
  said.push(operation !== '' && 'sda'.includes(operation) ? `${code} ${words}\r\n` : `${words}\n`);
}

/** usrerr() and EX_USAGE. */
export function fail(draft: Draft, words: string): void {
  say(draft, words, '550');
  draft.status = ExitStatus.USAGE;
}

/** syserr(): an earlier status stays. */
export function failSystem(draft: Draft, words: string, status: ExitStatus = ExitStatus.SOFTWARE): void {
  say(draft, words, '554 5.0.0');
  if (draft.status === ExitStatus.OK) draft.status = status;
}

/** The same, and no other option is read: the status is EX_USAGE whatever went before. */
export function failForGood(draft: Draft, words: string): void {
  say(draft, words, '554 5.0.0');
  draft.status = ExitStatus.USAGE;
  draft.isOver = true;
}

/** What is left to refuse when all options are right. */
export function checkMode(draft: Draft): Action | null {
  if (draft.quarantine !== null && draft.kind === 'Qf') {
    fail(draft, 'Can not use -Q with -qL');
    return refused(draft);
  }
  switch (draft.operation) {
    case 'd':
    case 'D':
      fail(draft, 'Mail submission program cannot be used as daemon');
      return refused(draft);
    case 'P':
      say(draft, 'Data unavailable: shared memory not updated', '050');
      return refused(draft);
    case 'H':
      // There is nothing to purge; who may ask is sendmail's.
      if (draft.root) return null;
      fail(draft, 'Permission denied (real uid not trusted)');
      return refused(draft);
    default:
      return null;
  }
}

export function chooseAction(draft: Draft): Action {
  const { filters, kind, sort, limits } = draft;
  switch (draft.operation) {
    case 's':
      return { mode: 'smtp', request: draft.request };
    case 'v':
      return { mode: 'verify', request: draft.request };
    case 'i':
      return { mode: 'aliases' };
    case 'p':
      return { mode: 'list', list: { filters, kind, sort: sort ?? 'priority', limits, group: draft.group } };
    case 'h':
    case 'H':
    case 'C':
      return { mode: 'nothing' };
    case 't':
      return { mode: 'address-test' };
    case 'a':
      return { mode: 'deliver', request: draft.request, withCodes: true };
    default:
      if (modeOf(draft) === 'q') return { mode: 'run', run: queueRun(draft) };
      return { mode: 'deliver', request: draft.request };
  }
}

function queueRun({
  common,
  filters,
  kind,
  sort,
  limits,
  foreground,
  intervalSeconds,
  persistent,
  quarantine,
  group,
}: Draft): QueueRunOptions {
  const { verbose, settingsFile, queueDirectory, logTag } = common;
  return {
    filters,
    kind,
    sort,
    limits,
    verbose,
    foreground: foreground || verbose || quarantine !== null,
    intervalSeconds,
    persistent,
    quarantine,
    group,
    settingsFile,
    queueDirectory,
    logTag,
  };
}

/** With `stderr`, getopt's own words. */
export function refused({ status, said }: Draft, stderr = ''): Action {
  return { mode: 'refused', status, stdout: said.join(''), stderr };
}
