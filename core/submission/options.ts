/**
 * sendmail's command line (Installation and Operation Guide, "Command Line Flags") to one
 * Invocation. Every letter of sendmail 8.17 is taken; its words and exit statuses are kept. What
 * has no meaning here (-X, debugging) says so or is ignored. Messages carry SMTP codes only in
 * the modes that speak SMTP. Pure.
 */
import { parseNotify, parseReturn } from '../mail/delivery-status.js';
import { isXtext } from '../mail/xtext.js';
import { parseSortOrder, type QueueFilter, type SortOrder } from '../spool/selection.js';
import { ExitStatus } from '../system/exit-status.js';
import { type OptionWord, splitOptions } from './getopt.js';
import { isTrue, parseOption, unknownOptionName } from './option-names.js';
import { parseQueueFlag } from './queue-flag.js';
import type { Action, CommonOptions, DeliveryModeLetter, ErrorMode, Invocation, SubmissionRequest } from './request.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface Draft {
  readonly common: Mutable<CommonOptions> & { remarks: string[] };
  readonly request: Mutable<SubmissionRequest>;
  operation: string;
  /** -q was given: a run, unless another mode uses its filters. */
  runAsked: boolean;
  foreground: boolean;
  intervalSeconds: number | null;
  filters: QueueFilter[];
  kind: 'qf' | 'hf' | 'Qf';
  sort: SortOrder;
  limit: number | null;
  quarantine: { readonly reason: string | null } | null;
  /** Submission options seen, which other modes ignore aloud. */
  submissionOptions: string[];
}

/** An end of parsing with words on standard output, or on standard error when getopt itself speaks. */
interface Refusal {
  readonly status?: ExitStatus;
  readonly words: string;
  /** SMTP code in front, in modes that speak SMTP. */
  readonly code?: number;
  readonly onStderr?: true;
}

/** `programName` is what sendmail was called by: mailq, newaliases, ... select a mode. */
export function parseCommandLine(programName: string, programPath: string, words: readonly string[]): Invocation {
  const { options, operands } = splitOptions(words);
  const draft = createDraft(programName, operands);
  const finish = (action: Action, warnings: readonly string[] = []): Invocation => ({
    common: draft.common,
    action,
    warnings,
  });
  for (const option of options) {
    const refusal = readOption(draft, option, programPath);
    if (refusal !== null) return finish(refused(draft, refusal));
  }
  const refusal = findConflict(draft);
  if (refusal !== null) return finish(refused(draft, refusal));
  return finish(chooseAction(draft), ignoredOptions(draft));
}

const MODES_BY_NAME = new Map([
  ['mailq', 'p'],
  ['newaliases', 'i'],
  ['hoststat', 'h'],
  ['purgestat', 'H'],
  ['smtpd', 'd'],
]);

function createDraft(programName: string, recipients: readonly string[]): Draft {
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
      badBodyType: null,
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
    },
    operation: MODES_BY_NAME.get(programName) ?? 'm',
    runAsked: false,
    foreground: false,
    intervalSeconds: null,
    filters: [],
    kind: 'qf',
    sort: 'priority',
    limit: null,
    quarantine: null,
    submissionOptions: [],
  };
}

function readOption(draft: Draft, option: OptionWord, programPath: string): Refusal | null {
  const { common, request } = draft;
  if (option.kind === 'illegal') return { words: `${programPath}: illegal option -- ${option.letter}`, onStderr: true };
  if (option.kind === 'no-argument')
    return { words: `${programPath}: option requires an argument -- ${option.letter}`, onStderr: true };
  const { letter, value } = option;
  switch (letter) {
    case 'B':
      if (/^(?:7bit|8bitmime)$/i.test(value)) request.bodyType = /^7/.test(value) ? '7BIT' : '8BITMIME';
      else request.badBodyType = value;
      return null;
    case 'b':
      draft.operation = value.charAt(0);
      return 'ampsvtidDhHCOzP'.includes(draft.operation)
        ? null
        : { words: `Invalid operation mode ${draft.operation}` };
    case 'C':
      common.settingsFile = value;
      return null;
    case 'e':
      return readSetting(draft, 'ErrorMode', value);
    case 'F':
      if (value !== '') request.fullName = value;
      return null;
    case 'f':
    case 'r':
      if (request.sender !== null) return { words: 'More than one "from" person' };
      request.sender = value;
      request.senderOption = letter;
      return null;
    case 'G':
      request.relayed = true;
      return null;
    case 'h':
      if (!/^\s*[-+]?\d*$/.test(value)) return { words: `Bad hop count (${value})` };
      request.hopCount = Number(value);
      return null;
    case 'I':
    case 'U':
      // sendmail without these features (maildir aliases, SMTPUTF8) ends without a word; we say why.
      return { words: `sendmail: -${letter} is not supported`, onStderr: true };
    case 'i':
      request.ignoreDots = true;
      return null;
    case 'L':
      common.logTag = value.slice(0, 32);
      return null;
    case 'M':
      readMacro(request, value);
      return null;
    case 'N':
      draft.submissionOptions.push(letter);
      request.notify = parseNotify(value);
      return request.notify === null ? { words: 'Invalid -N argument' } : null;
    case 'n':
      request.noAliases = true;
      return null;
    case 'O':
    case 'o': {
      if (letter === 'o' && value.startsWith('M')) {
        readMacro(request, value.slice(1));
        return null;
      }
      const setting = parseOption(letter, value);
      if (setting !== null) return readSetting(draft, setting.name, setting.value);
      return { status: ExitStatus.SOFTWARE, words: `readcf: unknown option name ${unknownOptionName(value)}` };
    }
    case 'p':
      readProtocol(request, value);
      return null;
    case 'Q':
      draft.quarantine = { reason: value === '.' ? null : value.replace(/\n/g, ' ') };
      return null;
    case 'q':
      return readQueueFlag(draft, value);
    case 'R':
      draft.submissionOptions.push(letter);
      if (request.returnPart !== null) return { words: 'Duplicate -R flag' };
      request.returnPart = parseReturn(value);
      return request.returnPart === null ? { words: 'Invalid -R value' } : null;
    case 't':
      draft.submissionOptions.push(letter);
      request.recipientsFromHeader = true;
      return null;
    case 'V':
      draft.submissionOptions.push(letter);
      if (!isXtext(value)) return { words: 'Invalid syntax in -V flag' };
      request.envelopeId = value;
      return null;
    case 'v':
      common.verbose = true;
      return null;
    case 'X':
      common.remarks.push(`-X ${value}: no traffic log is written`);
      return null;
    default:
      // -A, -c, -D, -d, -m, -s, -T: other configurations, debugging, what is the default here.
      return null;
  }
}

function readSetting(draft: Draft, name: string, value: string): Refusal | null {
  switch (name) {
    case 'DeliveryMode': {
      const mode = value.charAt(0);
      if (!isDeliveryMode(mode)) return { words: `Unknown delivery mode ${mode}` };
      draft.request.deliveryMode = mode;
      return null;
    }
    case 'ErrorMode':
      if (isErrorMode(value.charAt(0))) draft.request.errorMode = value.charAt(0) as ErrorMode;
      return null;
    case 'IgnoreDots':
      draft.request.ignoreDots = isTrue(value);
      return null;
    case 'SevenBitInput':
      if (isTrue(value)) draft.request.bodyType = '7BIT';
      return null;
    case 'QueueDirectory':
      draft.common.queueDirectory = value === '' ? null : value;
      return null;
    case 'QueueSortOrder':
      draft.sort = parseSortOrder(value) ?? draft.sort;
      return null;
    case 'MaxQueueRunSize':
      draft.limit = Number.parseInt(value, 10) || null;
      return null;
    case 'Verbose':
      draft.common.verbose = isTrue(value);
      return null;
    default:
      return null;
  }
}

function isDeliveryMode(letter: string): letter is DeliveryModeLetter {
  return letter.length === 1 && 'dqbi'.includes(letter);
}

function isErrorMode(letter: string): boolean {
  return letter.length === 1 && 'pmweq'.includes(letter);
}

function readMacro(request: Draft['request'], text: string): void {
  if (text.startsWith('r')) request.protocol = text.slice(1);
  else if (text.startsWith('s')) request.receivedFrom = text.slice(1);
}

function readProtocol(request: Draft['request'], text: string): void {
  const [protocol = '', ...host] = text.split(':');
  if (protocol !== '') request.protocol = protocol;
  if (host.length > 0) request.receivedFrom = host.join('');
}

function readQueueFlag(draft: Draft, text: string): Refusal | null {
  draft.runAsked = true;
  const flag = parseQueueFlag(text);
  switch (flag.kind) {
    case 'once':
      return null;
    case 'foreground':
      draft.foreground = true;
      return null;
    case 'interval':
      draft.intervalSeconds = flag.seconds;
      return null;
    case 'jobs':
      draft.kind = flag.of;
      return null;
    case 'filter':
      draft.filters.push(flag.filter);
      if (flag.filter.by === 'Q') draft.kind = 'hf';
      return null;
    case 'unknown-group':
      return { status: ExitStatus.OK, words: `Queue group ${flag.name} unknown` };
    case 'bad':
      return { words: flag.words };
  }
}

function findConflict(draft: Draft): Refusal | null {
  switch (draft.operation) {
    case 's':
      return draft.runAsked ? { code: 550, words: 'Can not use -q with -bs' } : null;
    case 'd':
      return { code: 550, words: 'Mail submission program cannot be used as daemon' };
    case 'D':
      return { words: 'Mail submission program cannot be used as daemon' };
    case 'z':
      return { words: 'Frozen configurations unsupported' };
    case 'P':
      return { status: ExitStatus.OK, words: 'Data unavailable: shared memory not updated' };
    case 't':
      return { status: ExitStatus.UNAVAILABLE, words: 'There are no rewriting rules to test; see: outtray doctor' };
    default:
      return null;
  }
}

function chooseAction(draft: Draft): Action {
  const { filters, kind, sort, limit } = draft;
  switch (draft.operation) {
    case 's':
      return { mode: 'smtp', request: draft.request };
    case 'v':
      return { mode: 'verify', request: draft.request };
    case 'i':
      return { mode: 'aliases' };
    case 'p':
      return { mode: 'list', list: { filters, kind, sort, limit } };
    case 'h':
    case 'H':
    case 'C':
      return { mode: 'nothing' };
    case 'O':
      return { mode: 'option-names' };
    default:
      if (draft.runAsked || draft.quarantine !== null) return { mode: 'run', run: queueRun(draft) };
      return { mode: 'deliver', request: draft.request };
  }
}

function queueRun({ common, filters, kind, sort, foreground, intervalSeconds, quarantine }: Draft) {
  const { verbose, settingsFile, queueDirectory } = common;
  return {
    filters,
    kind,
    sort,
    verbose,
    foreground: foreground || verbose || quarantine !== null,
    intervalSeconds,
    quarantine,
    settingsFile,
    queueDirectory,
  };
}

function ignoredOptions(draft: Draft): string[] {
  const listing = draft.operation === 'p';
  const running = draft.operation === 'm' && draft.runAsked;
  return draft.submissionOptions
    .filter((letter) => listing || (running && letter === 'N'))
    .map((letter) => `WARNING: Ignoring submission mode -${letter} option (not in submission mode)`);
}

function refused(draft: Draft, { status = ExitStatus.USAGE, words, code, onStderr }: Refusal): Action {
  const line = code === undefined || !'sda'.includes(draft.operation) ? `${words}\n` : `${code} ${words}\r\n`;
  return { mode: 'refused', status, stdout: onStderr ? '' : line, stderr: onStderr ? line : '' };
}
