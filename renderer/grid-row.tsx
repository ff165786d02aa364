/** One message in the list. Memoised: of 50,000 entries only what changed and is in sight renders anew. */
import { memo } from 'react';
import type { QueueEntry } from '../core/bridge/contract.js';
import { StateIcon } from './icons.js';
import { fromOf } from './outbox-view.js';
import { STATE_WORDS } from './state-words.js';
import { cleanLine, nameOf } from './text.js';
import { fullTime, shortTime } from './time-words.js';

interface Props {
  readonly entry: QueueEntry;
  readonly index: number;
  /** Distance from the first row, in CSS pixels. */
  readonly top: number;
  readonly selected: boolean;
  /** The row that the Tab key reaches. */
  readonly current: boolean;
  /** Any instant of today: dates are short and local. */
  readonly today: number;
}

export const GridRow = memo(function GridRow({ entry, index, top, selected, current, today }: Props) {
  const subject = cleanLine(entry.subject) || '(no subject)';
  const from = cleanLine(fromOf(entry));
  const to = cleanLine(entry.to);
  return (
    <tr
      aria-rowindex={index + 2}
      aria-selected={selected}
      tabIndex={current ? 0 : -1}
      className="grid-row"
      style={{ transform: `translateY(${top}px)` }}
      data-id={entry.id}
      data-state={entry.state}
    >
      <td className="cell-state" title={cleanLine(entry.reason)}>
        <span className="state" data-state={entry.state}>
          <StateIcon state={entry.state} />
          {STATE_WORDS[entry.state]}
        </span>
      </td>
      <th scope="row" className="cell-subject" title={subject}>
        {subject}
      </th>
      <td className="cell-from" title={from}>
        {nameOf(from)}
      </td>
      <td className="cell-to" title={to}>
        {to}
      </td>
      <td className="cell-queued" title={fullTime(entry.queuedAt)}>
        {shortTime(entry.queuedAt, today)}
      </td>
      <NextTry entry={entry} today={today} />
      <td className="cell-tries">{entry.attempts}</td>
    </tr>
  );
});

function NextTry({ entry, today }: { readonly entry: QueueEntry; readonly today: number }) {
  const { nextAttemptAt, state } = entry;
  if (state === 'sending') return <td className="cell-next">now</td>;
  if (nextAttemptAt === undefined) {
    return (
      <td className="cell-next" title={cleanLine(entry.next)}>
        –
      </td>
    );
  }
  return (
    <td className="cell-next" title={fullTime(nextAttemptAt)}>
      {shortTime(nextAttemptAt, today)}
    </td>
  );
}
