/**
 * What was tried so far, the newest attempt first: it answers why the message is still here, and stands where the
 * eye arrives. (A terminal has the oldest first, because there the eye rests at the bottom.) An attempt keeps its place
 * in the document when others come, so that a session somebody reads stays open.
 */
import type { JournalRecord } from '../core/bridge/contract.js';
import { attemptWords, type Fate } from './history-words.js';
import { fullTime } from './time-words.js';

export function History({ attempts }: { readonly attempts: readonly JournalRecord[] }) {
  const now = Date.now();
  return (
    <ol>
      {attempts.toReversed().map((record) => (
        <Attempt key={`${record.at} ${record.relay}`} record={record} now={now} />
      ))}
    </ol>
  );
}

function Attempt({ record, now }: { readonly record: JournalRecord; readonly now: number }) {
  const { at, endedAt, times = 1 } = record;
  const { when, where, ended, reply, fates, more, session, sessionLines } = attemptWords(record, now);
  return (
    <li className="attempt">
      <h3>
        <time dateTime={new Date(at).toISOString()} title={times === 1 ? fullTime(at) : fullTime(endedAt)}>
          {when}
        </time>{' '}
        <span className="quiet">{where}</span>
      </h3>
      {ended !== '' && <p>{ended}</p>}
      {reply !== '' && <blockquote className="reply">{reply}</blockquote>}
      {fates.map((fate) => (
        <FateOf key={`${fate.outcome} ${fate.names}`} fate={fate} />
      ))}
      {more !== '' && <p className="quiet">{more}</p>}
      {session !== '' && (
        <details>
          <summary>
            Session<span className="visually-hidden"> of {when}</span>,{' '}
            {sessionLines === 1 ? '1 line' : `${sessionLines} lines`}
          </summary>
          <pre className="session">{session}</pre>
        </details>
      )}
    </li>
  );
}

/** Colours as those of the state that such an outcome leads to; the word says it as well. */
const STATE_OF = { sent: undefined, deferred: 'will-retry', failed: 'failed', uncertain: 'maybe-sent' } as const;

function FateOf({ fate: { outcome, words, names, reply } }: { readonly fate: Fate }) {
  return (
    <>
      <p>
        <span className="state" data-state={STATE_OF[outcome]}>
          {words}
        </span>{' '}
        {names}
      </p>
      {reply !== '' && <blockquote className="reply">{reply}</blockquote>}
    </>
  );
}
