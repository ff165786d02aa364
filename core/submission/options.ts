/**
 * sendmail's command line (Installation and Operation Guide, "Command Line Flags") to one
 * Invocation. Every letter of sendmail 8.17 is taken; its words and exit statuses are kept, and as
 * there all errors are said before the program ends. Pure.
 */
import { parseNotify, parseReturn } from '../mail/delivery-status.js';
import { isXtext } from '../mail/xtext.js';
import { ExitStatus } from '../system/exit-status.js';
import { splitOptions } from './getopt.js';
import {
  checkMode,
  chooseAction,
  createDraft,
  type Draft,
  fail,
  failSystem,
  modeOf,
  refused,
  say,
} from './invocation.js';
import { parseOption } from './option-names.js';
import { applyOption } from './option-values.js';
import { parseMacro, parseProtocol } from './received-words.js';
import type { Invocation } from './request.js';
import { readQuarantine, readQueueFlag } from './run-options.js';

export interface Caller {
  /** Options of submissions are then read in other modes, too, without a word. */
  readonly root: boolean;
}

/** `programName` is what sendmail was called by: mailq, newaliases, ... select a mode. */
export function parseCommandLine(
  programName: string,
  programPath: string,
  words: readonly string[],
  { root }: Caller = { root: false },
): Invocation {
  const { options, operands } = splitOptions(words);
  const draft = createDraft(programName, operands, root);
  const { common } = draft;
  const end = (stderr?: string): Invocation => ({ common, action: refused(draft, stderr), warnings: [] });
  // The mode first, wherever it stands: the others are judged by it.
  for (const option of options) {
    if (option.kind !== 'option') break;
    if (option.letter === 'b' && !readMode(draft, option.value)) return end();
    // Answered where it stands: nothing behind it is read.
    if (draft.operation === 'O') return { common, action: { mode: 'option-names' }, warnings: [] };
    draft.mentionsQueue ||= option.letter === 'q' || option.letter === 'Q';
  }
  for (const option of options) {
    if (option.kind === 'bad-quarantine') {
      draft.status = ExitStatus.USAGE;
      draft.said.push('Can not use -Q.\n');
      return end();
    }
    const error = option.kind === 'option' ? unsupported(option.letter) : explain(option, programPath);
    if (error !== null) {
      draft.status = ExitStatus.USAGE;
      return end(error);
    }
    if (option.kind === 'option' && !isOutOfPlace(draft, option.letter)) readOption(draft, option.letter, option.value);
    if (draft.isOver) return end();
  }
  if (draft.status !== ExitStatus.OK) return end();
  const action = checkMode(draft) ?? chooseAction(draft);
  return { common, action, warnings: action.mode === 'refused' ? [] : draft.said };
}

function explain(
  option: { readonly kind: 'illegal' | 'no-argument'; readonly letter: string },
  programPath: string,
): string {
  const words = option.kind === 'illegal' ? 'illegal option' : 'option requires an argument';
  return `${programPath}: ${words} -- ${option.letter}\n`;
}

/** A sendmail built without what these ask for (aliases compiled, SMTPUTF8) ends without a word; we say why. */
function unsupported(letter: string): string | null {
  if (letter === 'U') return 'sendmail: -U is not supported; addresses in UTF-8 need no option\n';
  return letter === 'I' ? 'sendmail: -I is not supported\n' : null;
}

function readMode(draft: Draft, value: string): boolean {
  const letter = value.charAt(0);
  draft.operation = letter;
  if (letter === '' || !'ampsvtidDhHCOP'.includes(letter))
    fail(draft, letter === 'z' ? 'Frozen configurations unsupported' : `Invalid operation mode ${letter || '\0'}`);
  return draft.status === ExitStatus.OK;
}

/** An option of submissions where nothing is submitted is ignored aloud. */
function isOutOfPlace(draft: Draft, letter: string): boolean {
  if (draft.root || !'BFfGhNnprRtV'.includes(letter)) return false;
  const mode = modeOf(draft);
  if (!'msavtC'.includes(mode))
    draft.said.push(`WARNING: Ignoring submission mode -${letter} option (not in submission mode)\n`);
  else if (draft.mentionsQueue) draft.said.push(`WARNING: Ignoring submission mode -${letter} option with -q\n`);
  else return false;
  return true;
}

function readOption(draft: Draft, letter: string, value: string): void {
  const { common, request } = draft;
  switch (letter) {
    case 'B':
      request.bodyType = value;
      return;
    case 'C':
      common.settingsFile = value;
      return;
    case 'e':
      applyOption(draft, { name: 'ErrorMode', part: null, value });
      return;
    case 'F':
      request.fullName = value;
      return;
    case 'f':
    case 'r':
      if (request.sender !== null) fail(draft, 'More than one "from" person');
      else {
        request.sender = value;
        request.senderOption = letter;
      }
      return;
    case 'G':
      request.relayed = true;
      return;
    case 'h':
      if (/^(?:\s*[-+]?\d+)?$/.test(value)) request.hopCount = asShort(value);
      else fail(draft, `Bad hop count (${value})`);
      return;
    case 'i':
      request.ignoreDots = true;
      return;
    case 'L':
      common.logTag = value.slice(0, 32);
      return;
    case 'M':
      readMacro(draft, value);
      return;
    case 'N':
      readNotify(draft, value);
      return;
    case 'n':
      request.noAliases = true;
      return;
    case 'O':
    case 'o':
      readSetting(draft, letter, value);
      return;
    case 'p':
      Object.assign(request, parseProtocol(value));
      return;
    case 'Q':
      readQuarantine(draft, value);
      return;
    case 'q':
      readQueueFlag(draft, value);
      return;
    case 'R':
      if (draft.returnAsked) fail(draft, 'Duplicate -R flag');
      else {
        draft.returnAsked = true;
        request.returnPart = parseReturn(value);
        if (request.returnPart === null) fail(draft, 'Invalid -R value');
      }
      return;
    case 't':
      request.recipientsFromHeader = true;
      return;
    case 'V':
      if (isXtext(value)) request.envelopeId = value;
      else fail(draft, 'Invalid syntax in -V flag');
      return;
    case 'v':
      common.verbose = true;
      return;
    case 'X':
      common.remarks.push(`-X ${value}: no traffic log is written`);
      return;
    default:
    // -A, -c, -D, -d, -m, -s, -T: other configurations, debugging, what is the default here.
  }
}

/** strtol(3), of which sendmail keeps 16 bits. */
function asShort(text: string): number {
  const whole = Number(text);
  if (Math.abs(whole) < 2 ** 15) return whole;
  const limit = 2n ** 63n;
  const exact = BigInt(text.trim().replace(/^\+/, ''));
  const long = exact >= limit ? limit - 1n : exact < -limit ? -limit : exact;
  return Number(BigInt.asIntN(16, long));
}

function readNotify(draft: Draft, value: string): void {
  const flags = parseNotify(value);
  const all = (draft.request.notify ?? '') + (flags ?? '');
  if (flags === null) fail(draft, 'Invalid -N argument');
  else draft.request.notify = ['S', 'F', 'D'].filter((flag) => all.includes(flag)).join('');
}

function readSetting(draft: Draft, letter: 'O' | 'o', value: string): void {
  if (letter === 'o' && value.startsWith('M')) {
    readMacro(draft, value.slice(1));
    return;
  }
  const setting = parseOption(letter, value);
  if ('refusal' in setting) failSystem(draft, setting.refusal);
  else {
    if (setting.remark !== null) say(draft, setting.remark, '050');
    applyOption(draft, setting);
  }
}

function readMacro(draft: Draft, text: string): void {
  const macro = parseMacro(text, draft.root);
  if ('refusal' in macro) for (const words of macro.refusal) failSystem(draft, words);
  // Only these two mean something here.
  else if (macro.name === 'r') draft.request.protocol = macro.value;
  else if (macro.name === 's') draft.request.receivedFrom = macro.value;
}
