/**
 * The opened message: first in words why it is here, what the relay said and what comes next;
 * then who gets it, what was tried so far, its headers, and the raw text as it would go out.
 */
import type { RefObject } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import type { Bridge, EntryRecipient, MessageDetail, QueueEntry } from '../core/bridge/contract.js';
import type { Outcome } from './actions.js';
import { History } from './history.js';
import { StateIcon } from './icons.js';
import { useMessage } from './message-hook.js';
import { fromOf } from './outbox-view.js';
import { countMessages, STATE_WORDS, sizeWords } from './state-words.js';
import { sentence } from './status-words.js';
import { Stop } from './stop-button.js';
import { cleanBlock, cleanLine } from './text.js';
import { fullTime, shortTime, timedWords } from './time-words.js';

interface Props {
  readonly bridge: Bridge;
  readonly entries: readonly QueueEntry[];
  readonly region: RefObject<HTMLElement | null>;
  readonly onStop: (entry: QueueEntry) => Promise<Outcome>;
}

export function MessagePane({ bridge, entries, region, onStop }: Props) {
  const [entry] = entries;
  return (
    <section className="pane" aria-label="Message" tabIndex={-1} ref={region}>
      {entry !== undefined && entries.length === 1 ? (
        <Message key={entry.id} bridge={bridge} entry={entry} region={region} onStop={onStop} />
      ) : (
        <p className="pane-hint">
          {entry === undefined
            ? 'Choose a message to see why it is still here.'
            : `${countMessages(entries.length)} chosen. Send Now, Hold, Release and Delete apply to all of them.`}
        </p>
      )}
    </section>
  );
}

function Message({ bridge, entry, region, onStop }: Omit<Props, 'entries'> & { readonly entry: QueueEntry }) {
  const { detail, fault } = useMessage(bridge, entry);
  // Until it is known: what is likely, so that the tabs do not jump.
  const hasHistory = detail === null ? entry.attempts > 0 : detail.attempts.length > 0;
  return (
    <>
      <header className="pane-head">
        <h2>{cleanLine(entry.subject) || '(no subject)'}</h2>
        <Reason entry={entry} />
        <Stop entry={entry} region={region} onStop={onStop} />
      </header>
      <Tabs className="tabs">
        <TabList aria-label="Parts of the message" className="tab-list">
          <Tab id="overview" className="tab">
            Overview
          </Tab>
          {hasHistory && (
            <Tab id="history" className="tab">
              History
            </Tab>
          )}
          <Tab id="headers" className="tab">
            Headers
          </Tab>
          <Tab id="raw" className="tab">
            Raw
          </Tab>
        </TabList>
        <TabPanel id="overview" className="tab-panel">
          <Overview entry={entry} />
        </TabPanel>
        {hasHistory && (
          <TabPanel id="history" className="tab-panel">
            {detail === null ? <p className="quiet">{fault}</p> : <History attempts={detail.attempts} />}
          </TabPanel>
        )}
        <TabPanel id="headers" className="tab-panel">
          {detail === null ? <p className="quiet">{fault}</p> : <Headers detail={detail} />}
        </TabPanel>
        <TabPanel id="raw" className="tab-panel">
          {detail === null ? <p className="quiet">{fault}</p> : <Raw detail={detail} />}
        </TabPanel>
      </Tabs>
    </>
  );
}

function Reason({ entry }: { readonly entry: QueueEntry }) {
  const reply = cleanLine(entry.reply ?? '');
  const next = cleanLine(entry.next);
  return (
    <div className="reason" data-state={entry.state}>
      <p>
        <span className="state" data-state={entry.state}>
          <StateIcon state={entry.state} />
          {STATE_WORDS[entry.state]}
        </span>{' '}
        {sentence(cleanLine(entry.reason))}
      </p>
      {reply !== '' && (
        <p>
          <span className="quiet">The relay said</span> <q className="reply">{reply}</q>
        </p>
      )}
      <p>
        {next !== '' && sentence(next)} <NextTry entry={entry} />
      </p>
    </div>
  );
}

function NextTry({ entry: { state, nextAttemptAt } }: { readonly entry: QueueEntry }) {
  if (nextAttemptAt === undefined || state === 'sending') return null;
  // Somebody chose the hour of a scheduled one.
  const [what, words] = state === 'scheduled' ? ['That is', timedWords] : ['Next try', shortTime];
  return (
    <>
      {what} <time title={fullTime(nextAttemptAt)}>{words(nextAttemptAt, Date.now())}</time>.
    </>
  );
}

function Overview({ entry }: { readonly entry: QueueEntry }) {
  const from = cleanLine(fromOf(entry));
  const sender = entry.sender === '<>' ? 'nobody: failure reports are not wanted' : cleanLine(entry.sender);
  return (
    <div className="overview">
      <section aria-label="Recipients">
        <h3>{entry.recipients.length === 1 ? 'Recipient' : `${entry.recipients.length} recipients`}</h3>
        <ul className="recipients">
          {entry.recipients.map((recipient) => (
            <Recipient key={recipient.address} recipient={recipient} />
          ))}
        </ul>
      </section>
      <dl className="facts">
        <Fact name="From">{from}</Fact>
        {!from.includes(sender) && <Fact name="Sent as">{sender}</Fact>}
        <Fact name="To">{cleanLine(entry.to)}</Fact>
        <Fact name="Queued">{fullTime(entry.queuedAt)}</Fact>
        <Fact name="Tries">
          {entry.lastAttemptAt === undefined
            ? entry.attempts
            : `${entry.attempts}, last ${fullTime(entry.lastAttemptAt)}`}
        </Fact>
        <Fact name="Relay">{cleanLine(entry.relay ?? 'none serves it')}</Fact>
        <Fact name="Size">{sizeWords(entry.sizeBytes)}</Fact>
        <Fact name="Queue id">{cleanLine(entry.id)}</Fact>
      </dl>
    </div>
  );
}

function Recipient({ recipient }: { readonly recipient: EntryRecipient }) {
  const status = cleanLine(recipient.status ?? '');
  return (
    <li>
      <span className="address">{cleanLine(recipient.address)}</span>{' '}
      {recipient.blind && (
        <span className="mark" title="Named in the envelope only; the others do not see this address.">
          Bcc
        </span>
      )}
      {status !== '' && <span className="quiet">{status}</span>}
    </li>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: string | number }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Headers({ detail }: { readonly detail: MessageDetail }) {
  const named = detail.headers.map(({ name, value }, place) => ({ id: `${place}:${name}`, name, value }));
  return (
    <dl className="facts headers">
      {named.map(({ id, name, value }) => (
        <Fact key={id} name={cleanLine(name)}>
          {cleanLine(value)}
        </Fact>
      ))}
    </dl>
  );
}

function Raw({ detail }: { readonly detail: MessageDetail }) {
  return (
    <>
      <pre className="raw">{cleanBlock(detail.raw)}</pre>
      {detail.rawTruncated && (
        <p className="quiet">The beginning of a long message. The rest is in the queue, unharmed.</p>
      )}
    </>
  );
}
