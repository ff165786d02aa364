/** Drawn in strokes of the text's colour, so that dark and high contrast need nothing of their own. A word always stands beside an icon. */
import type { QueueState } from '../core/bridge/contract.js';

const STATE_PATHS: Readonly<Record<QueueState, string>> = {
  waiting: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M8 5v3.2l2 1.3',
  sending: 'M14 2 7 9M14 2l-4.2 12L7 9 2 6.2z',
  'will-retry': 'M13.5 8A5.5 5.5 0 1 1 11.6 3.9M13.5 2v3h-3',
  held: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M6.5 6v4M9.5 6v4',
  scheduled: 'M3 4h10v9.5H3zM3 7h10M5.5 2.5V5M10.5 2.5V5',
  failed: 'M5.7 2.5h4.6l3.2 3.2v4.6l-3.2 3.2H5.7l-3.2-3.2V5.7zM6 6l4 4M10 6l-4 4',
  'maybe-sent': 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M6.4 6.4a1.6 1.6 0 1 1 2.4 1.4c-.5.3-.8.6-.8 1.1M8 11v.1',
  lost: 'M8 2.5 14 13H2zM8 6.5v3M8 11.3v.1',
};

const ACTION_PATHS = {
  send: 'M14 2 7 9M14 2l-4.2 12L7 9 2 6.2z',
  hold: 'M5.5 3.5v9M10.5 3.5v9',
  stop: 'M4.5 4.5h7v7h-7z',
  release: 'M5 3.5v9l7-4.5z',
  delete: 'M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.6 9h5.8l.6-9M6.8 7v4M9.2 7v4',
  search: 'M7 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8M10 10l3.5 3.5',
  clear: 'M4.5 4.5l7 7M11.5 4.5l-7 7',
  down: 'M4.5 6.5 8 10l3.5-3.5',
  up: 'M4.5 9.5 8 6l3.5 3.5',
  note: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M8 7.3V11M8 5v.1',
  trouble: 'M8 2.5 14 13H2zM8 6.5v3M8 11.3v.1',
  tray: 'M2 9v3.5a1 1 0 0 0 1 1h10a1 1 0 0 0 1-1V9h-3.5l-1 2h-3l-1-2zM8 8V2M5.5 4.5 8 2l2.5 2.5',
} as const;

function Strokes({ path }: { readonly path: string }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={path} />
    </svg>
  );
}

export function StateIcon({ state }: { readonly state: QueueState }) {
  return <Strokes path={STATE_PATHS[state]} />;
}

export function Icon({ name }: { readonly name: keyof typeof ACTION_PATHS }) {
  return <Strokes path={ACTION_PATHS[name]} />;
}
