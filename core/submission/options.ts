/**
 * sendmail's command line (Installation and Operation Guide, "Command Line Flags") to one
 * Invocation. Every letter of sendmail 8.17 is taken; its words and exit statuses are kept. What
 * has no meaning here (-X, debugging) says so or is ignored. Pure.
 */
import { parseNotify, parseReturn } from '../mail/delivery-status.js';
import { isXtext } from '../mail/xtext.js';
import { parseSortOrder } from '../spool/selection.js';
import { ExitStatus } from '../system/exit-status.js';
import { type OptionWord, splitOptions } from './getopt.js';
import {
  chooseAction,
  createDraft,
  type Draft,
  findConflict,
  ignoredOptions,
  type Refusal,
  refused,
} from './invocation.js';
import { isTrue, parseOption, unknownOptionName } from './option-names.js';
import { parseQueueFlag, readQueueLimit } from './queue-flag.js';
import type { Action, DeliveryModeLetter, ErrorMode, Invocation } from './request.js';

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
      if (value === '.') return { words: 'Can not use -Q.' };
      draft.quarantine = { reason: value === '' ? null : value.replace(/\n/g, ' ') };
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
      if (parseSortOrder(value) !== null) return null;
      return { status: ExitStatus.SOFTWARE, words: `Invalid queue sort order "${value}"` };
    case 'MaxQueueRunSize':
    case 'MinQueueAge':
    case 'MaxQueueAge':
    case 'QueueLA':
    case 'QueueFactor':
      draft.limits = { ...draft.limits, ...readQueueLimit(draft.limits, name, value) };
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
