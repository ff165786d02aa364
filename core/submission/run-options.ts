/** -q and -Q: which jobs a run or a listing takes, how a run goes on, and what is set aside instead. Pure. */
import { type Draft, fail, modeOf } from './invocation.js';
import { parseQueueFlag } from './queue-flag.js';

export function readQuarantine(draft: Draft, value: string): void {
  if (!'mq'.includes(modeOf(draft))) fail(draft, `Can not use -Q with -b${draft.operation}`);
  else draft.quarantine = { reason: value === '.' || value === '' ? null : value.replace(/\n/g, ' ') };
}

export function readQueueFlag(draft: Draft, text: string): void {
  if (!'mdDpPq'.includes(modeOf(draft))) {
    fail(draft, `Can not use -q with -b${draft.operation}`);
    return;
  }
  draft.runAsked = true;
  const flag = parseQueueFlag(text);
  switch (flag.kind) {
    case 'once':
      return;
    case 'foreground':
      draft.foreground = true;
      return;
    case 'interval':
      draft.intervalSeconds = flag.seconds;
      draft.persistent ||= flag.persistent;
      return;
    case 'jobs':
      draft.kind = flag.of;
      return;
    case 'filter':
      draft.filters.push(flag.filter);
      if (flag.filter.by === 'Q') draft.kind = 'hf';
      return;
    case 'group':
      if (draft.group !== null) fail(draft, 'Can not use multiple -qG options');
      draft.group = flag.name;
      return;
    case 'bad':
      for (const words of flag.words) fail(draft, words);
  }
}
