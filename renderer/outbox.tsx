/**
 * The Outbox window: buttons and filter, the one thing to do, the list, the opened message, the
 * status. Holds what belongs to this window alone: the selection, the question before deleting, the
 * last refusal.
 */
import { useMemo, useRef, useState, useSyncExternalStore } from 'react';
import type { Bridge, QueueEntry, QueueId } from '../core/bridge/contract.js';
import { attempt, createActions, type Outcome } from './actions.js';
import { BannerBar, NoticeBar } from './banner.js';
import { chooseBanner } from './banner-words.js';
import { DeleteDialog } from './delete-dialog.js';
import { EmptyOutbox } from './empty-outbox.js';
import { FilterBar } from './filter-bar.js';
import { MessagePane } from './message-pane.js';
import { OutboxGrid, type OutboxGridHandle } from './outbox-grid.js';
import type { OutboxStore } from './outbox-store.js';
import { OutboxToolbar } from './outbox-toolbar.js';
import { indexInView, matcherOf } from './outbox-view.js';
import { keepOnly, NO_SELECTION } from './selection.js';
import { StatusBar } from './status-bar.js';

interface Props {
  readonly bridge: Bridge;
  readonly store: OutboxStore;
}

export function Outbox({ bridge, store }: Props) {
  const { outbox, agent, connection, fault } = useSyncExternalStore(store.subscribe, store.snapshot);
  const [selected, setSelected] = useState(NO_SELECTION);
  const [asking, setAsking] = useState<readonly QueueEntry[] | null>(null);
  const [notice, setNotice] = useState<Outcome>(null);
  const grid = useRef<OutboxGridHandle>(null);
  const pane = useRef<HTMLElement>(null);
  const actions = useMemo(() => createActions(bridge), [bridge]);

  const { byId, query, view } = outbox;
  const connected = connection === 'connected';
  const banner = chooseBanner(agent, connection);
  const matches = useMemo(() => matcherOf(query), [query]);
  const isShown = (id: QueueId) => {
    const entry = byId?.get(id);
    return entry !== undefined && matches(entry);
  };
  const selection = keepOnly(selected, isShown);
  const chosen = useMemo(() => [...selection.ids].flatMap((id) => byId?.get(id) ?? []), [selection, byId]);
  const focused = selection.focused === null ? undefined : byId?.get(selection.focused);

  const say = (outcome: Promise<Outcome>) => void outcome.then(setNotice);
  const askAgent = (call: () => Promise<Parameters<OutboxStore['setAgent']>[0]>) =>
    say(
      attempt(async () => {
        store.setAgent(await call());
        return null;
      }),
    );
  const remove = (entries: readonly QueueEntry[]) => {
    setAsking(null);
    say(actions.remove(entries).finally(() => grid.current?.focus()));
  };

  return (
    <div className="outbox">
      <h1 className="visually-hidden">Outbox</h1>
      <header className="head">
        <OutboxToolbar
          chosen={chosen}
          anyToSend={byId !== null && byId.size > 0}
          connected={connected}
          actions={{
            send: () => say(actions.send(chosen)),
            hold: () => say(actions.hold(chosen)),
            release: () => say(actions.release(chosen)),
            askDelete: () => setAsking(chosen),
          }}
        />
        <FilterBar query={query} onQuery={store.setQuery} />
      </header>
      {banner !== null && <BannerBar banner={banner} />}
      {(notice ?? fault) !== '' && <NoticeBar text={notice ?? fault} onClose={() => setNotice(null)} />}
      <main className="body">
        {byId === null || byId.size === 0 ? (
          byId !== null && <EmptyOutbox agent={agent} />
        ) : (
          <>
            <OutboxGrid
              ref={grid}
              view={view}
              query={query}
              selection={selection}
              focusedIndex={focused === undefined ? -1 : indexInView(view, focused, query)}
              onQuery={store.setQuery}
              onSelection={setSelected}
              onOpen={() => pane.current?.focus()}
              onDelete={() => chosen.length > 0 && setAsking(chosen)}
            />
            <MessagePane bridge={bridge} entries={chosen} region={pane} onStop={actions.stop} />
          </>
        )}
      </main>
      {agent !== null && (
        <StatusBar
          agent={agent}
          connected={connected}
          onPause={(minutes) => askAgent(() => bridge.call('agent:pause', minutes))}
          onResume={() => askAgent(() => bridge.call('agent:resume'))}
          onPractice={(on) => askAgent(() => bridge.call('practice:set', on))}
        />
      )}
      <DeleteDialog entries={asking} onCancel={() => setAsking(null)} onDelete={remove} />
    </div>
  );
}
