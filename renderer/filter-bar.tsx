/** Which messages the list shows: words that occur in them, and a state. */
import { Button, Input, ListBox, ListBoxItem, Popover, SearchField, Select, SelectValue } from 'react-aria-components';
import { Icon, StateIcon } from './icons.js';
import type { Query } from './outbox-view.js';
import { STATE_ORDER, STATE_WORDS } from './state-words.js';

interface Props {
  readonly query: Query;
  readonly onQuery: (query: Query) => void;
}

export function FilterBar({ query, onQuery }: Props) {
  const chosen = STATE_ORDER.find((state) => state === query.state) ?? 'all';
  return (
    <search className="filter-bar">
      <SearchField
        aria-label="Filter messages"
        className="search"
        value={query.text}
        onChange={(text) => onQuery({ ...query, text })}
      >
        <Icon name="search" />
        <Input placeholder="Filter" />
        <Button className="clear" aria-label="Clear filter">
          <Icon name="clear" />
        </Button>
      </SearchField>
      <Select
        aria-label="State"
        className="select"
        value={chosen}
        onChange={(key) => onQuery({ ...query, state: STATE_ORDER.find((state) => state === key) ?? 'all' })}
      >
        <Button className="button">
          <SelectValue />
          <Icon name="down" />
        </Button>
        <Popover className="popover">
          <ListBox className="menu">
            <ListBoxItem id="all" textValue="All states" className="menu-item">
              All states
            </ListBoxItem>
            {STATE_ORDER.map((state) => (
              <ListBoxItem key={state} id={state} textValue={STATE_WORDS[state]} className="menu-item">
                <StateIcon state={state} />
                {STATE_WORDS[state]}
              </ListBoxItem>
            ))}
          </ListBox>
        </Popover>
      </Select>
    </search>
  );
}
