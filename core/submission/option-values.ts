/**
 * What the options of -O and -o mean here. The others are taken and have no effect; values that
 * sendmail refuses are refused. Pure.
 */
import { parseSortOrder } from '../spool/selection.js';
import { ExitStatus } from '../system/exit-status.js';
import { type Draft, fail, failForGood, failSystem } from './invocation.js';
import { isTrue } from './option-names.js';
import { parseInterval } from './queue-flag.js';
import { readQueueLimit } from './queue-limits.js';
import type { DeliveryModeLetter, ErrorMode } from './request.js';

export interface NamedValue {
  readonly name: string;
  /** Behind the dot of Timeout.queuewarn; null when there is none. */
  readonly part: string | null;
  readonly value: string;
}

export function applyOption(draft: Draft, { name, part, value }: NamedValue): void {
  const { request, common } = draft;
  switch (name) {
    case 'DeliveryMode':
      if (value === '') request.deliveryMode = 'i';
      else if (isDeliveryMode(value.charAt(0))) request.deliveryMode = value.charAt(0) as DeliveryModeLetter;
      else failForGood(draft, `Unknown delivery mode ${value.charAt(0)}`);
      return;
    case 'ErrorMode':
      if (isOneOf('pmweq', value)) request.errorMode = value.charAt(0) as ErrorMode;
      return;
    case 'IgnoreDots':
      request.ignoreDots = isTrue(value);
      return;
    case 'SevenBitInput':
      request.sevenBit = isTrue(value);
      return;
    case 'EightBitMode':
      if (isOneOf('mps', value)) request.eightBitRefused = value.startsWith('s');
      else failForGood(draft, `Unknown 8-bit mode ${value.charAt(0)}`);
      return;
    case 'MaxHopCount':
      request.tuning = { ...request.tuning, maxHops: number(value) };
      return;
    case 'MaxRecipientsPerMessage':
      request.tuning = { ...request.tuning, maxRecipients: number(value) };
      return;
    case 'OldStyleHeaders':
      request.tuning = { ...request.tuning, oldStyleLists: isTrue(value) };
      return;
    case 'NoRecipientAction': {
      const action = value.toLowerCase();
      if (NO_RECIPIENT_ACTIONS.includes(action)) request.tuning = { ...request.tuning, noRecipientAction: action };
      else failSystem(draft, `Invalid NoRecipientAction: ${value}`);
      return;
    }
    case 'RecipientFactor':
      request.tuning = { ...request.tuning, recipientFactor: number(value) };
      return;
    case 'ClassFactor':
      request.tuning = { ...request.tuning, classFactor: number(value) };
      return;
    case 'QueueDirectory':
      common.queueDirectory = value === '' ? null : value;
      return;
    case 'QueueSortOrder': {
      const sort = parseSortOrder(value);
      if (sort === null) failSystem(draft, `Invalid queue sort order "${value}"`);
      else draft.sort = sort;
      return;
    }
    case 'MaxQueueRunSize':
    case 'MinQueueAge':
    case 'MaxQueueAge':
    case 'QueueLA':
    case 'QueueFactor':
      draft.limits = { ...draft.limits, ...readQueueLimit(draft.limits, name, value) };
      refuseWrong(draft, name, part, value);
      return;
    case 'Verbose':
      common.verbose = isTrue(value);
      return;
    default:
      refuseWrong(draft, name, part, value);
  }
}

function isDeliveryMode(letter: string): letter is DeliveryModeLetter {
  return isOneOf('dqbi', letter);
}

function isOneOf(letters: string, value: string): boolean {
  return value !== '' && letters.includes(value.charAt(0));
}

/** atoi(3). */
function number(text: string): number {
  return Number.parseInt(text, 10) || 0;
}

const PRIVACY_FLAGS = ` public needmailhelo needexpnhelo needvrfyhelo noexpn novrfy restrictexpand restrictmailq
restrictqrun noetrn noverb authwarnings noreceipts nobodyreturn noactualrecipient goaway`;
const NO_RECIPIENT_ACTIONS = ['none', 'add-to', 'add-apparently-to', 'add-bcc', 'add-to-undisclosed'];
const timeouts = (): RegExp =>
  new RegExp(
    `^(?:initial|[ai]?connect|helo|mail|rcpt|data(?:init|block|final)|command|rset|quit|misc|ident|fileopen|control|` +
      `lhlo|auth|starttls|hoststatus|resolver\\.retr(?:y|ans)(?:\\.(?:first|normal))?|` +
      `queue(?:warn|return)(?:\\.(?:normal|urgent|non-urgent|dsn))?)$`,
    'i',
  );
const INTERVALS: Readonly<Record<string, string>> = {
  AliasWait: 'm',
  ConnectionCacheTimeout: 'm',
  DialDelay: 's',
  MinQueueAge: 'm',
  QueueTimeout: 'd',
};

/** Options without effect here whose values sendmail checks. */
function refuseWrong(draft: Draft, name: string, part: string | null, value: string): void {
  const unit = INTERVALS[name];
  if (unit !== undefined) for (const words of parseInterval(value, unit).problems) fail(draft, words);
  else if (name === 'PrivacyOptions') {
    for (const flag of value.split(/[\s,]+/)) {
      if (flag !== '' && !PRIVACY_FLAGS.split(/\s+/).includes(flag.toLowerCase()))
        failSystem(draft, `readcf: Op line: ${flag} unrecognized`);
    }
  } else if (name === 'Timeout' && part !== null && !timeouts().test(part))
    failSystem(draft, `settimeout: invalid timeout ${part}`, ExitStatus.SOFTWARE);
}
