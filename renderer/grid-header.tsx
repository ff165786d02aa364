/**
 * The column heads. Each sorts by its column, a second time in the other direction. They are one
 * stop of the Tab key; left and right move among them, down goes to the rows.
 */
import { type KeyboardEvent, useState } from 'react';
import { Icon } from './icons.js';
import { COLUMNS, type Column, type Query } from './outbox-view.js';

const COLUMN_WORDS: Readonly<Record<Column, string>> = {
  state: 'State',
  subject: 'Subject',
  from: 'From',
  to: 'To',
  queued: 'Queued',
  next: 'Next try',
  tries: 'Tries',
};

/** Columns where the newest or the most is looked for first. */
const LARGEST_FIRST: ReadonlySet<Column> = new Set(['queued', 'tries']);

interface Props {
  readonly query: Query;
  readonly onQuery: (query: Query) => void;
  readonly onLeave: () => void;
}

export function GridHeader({ query, onQuery, onLeave }: Props) {
  const [stop, setStop] = useState<Column>('state');

  const sortBy = (column: Column) => {
    const first = LARGEST_FIRST.has(column) ? 'descending' : 'ascending';
    const other = query.direction === 'ascending' ? 'descending' : 'ascending';
    onQuery({ ...query, column, direction: query.column === column ? other : first });
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const heads = [...event.currentTarget.querySelectorAll('button')].filter((head) => head.offsetParent !== null);
    const at = heads.findIndex((head) => head.contains(event.target as Node));
    if (event.key === 'ArrowDown') onLeave();
    else if (event.key === 'ArrowRight') heads[at + 1]?.focus();
    else if (event.key === 'ArrowLeft') heads[at - 1]?.focus();
    else return;
    event.preventDefault();
  };

  return (
    <thead>
      <tr aria-rowindex={1} className="grid-head" onKeyDown={onKeyDown}>
        {COLUMNS.map((column) => (
          <th
            key={column}
            scope="col"
            className={`cell-${column}`}
            aria-sort={query.column === column ? query.direction : 'none'}
          >
            <button
              type="button"
              tabIndex={column === stop ? 0 : -1}
              onFocus={() => setStop(column)}
              onClick={() => sortBy(column)}
            >
              <span>{COLUMN_WORDS[column]}</span>
              {query.column === column && <Icon name={query.direction === 'ascending' ? 'up' : 'down'} />}
            </button>
          </th>
        ))}
      </tr>
    </thead>
  );
}
