/**
 * The bridge over the web door's WebSocket (core/bridge/web-door.ts). The address brings a
 * one-time token in its fragment, which never reaches a server or its log; it is exchanged for a session whose key
 * stays in this tab. A lost socket is opened again, ever more slowly, and at once when the
 * page comes to the front.
 */
import type { Bridge } from '../core/bridge/contract.js';
import type { Connection } from './banner-words.js';
import type { Link } from './bridge.js';
import { createCallBook } from './call-book.js';

const KEY_NAME = 'outtray-key';
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 30_000;

export function connectWebDoor(): Link {
  let socket: WebSocket | null = null;
  let connection: Connection = 'connecting';
  let retryMs = FIRST_RETRY_MS;
  let retry: number | undefined;
  const watchers = new Set<() => void>();
  const calls = createCallBook();

  const become = (next: Connection) => {
    if (connection === next) return;
    connection = next;
    for (const watcher of watchers) watcher();
  };

  const open = (key: string) => {
    window.clearTimeout(retry);
    const url = new URL('bridge', window.location.href.replace(/^http/, 'ws'));
    const opened = new WebSocket(url, ['outtray', key]);
    socket = opened;
    let admitted = false;
    opened.addEventListener('open', () => {
      admitted = true;
      retryMs = FIRST_RETRY_MS;
      become('connected');
    });
    opened.addEventListener('message', (event: MessageEvent<unknown>) => calls.receive(event.data));
    opened.addEventListener('close', () => {
      socket = null;
      calls.abandon('Outtray has stopped. Nothing was changed.');
      void explainLoss(admitted).then((loss) => {
        become(loss);
        if (loss === 'closed') return;
        retry = window.setTimeout(() => open(key), retryMs);
        retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
      });
    });
  };

  // A new address pasted into this tab changes the fragment only.
  window.addEventListener('hashchange', () => window.location.reload());
  void obtainKey().then((key) => {
    if (key === null) return become('closed');
    open(key);
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible' && connection === 'gone' && socket === null) open(key);
    });
  });

  const bridge: Bridge = {
    carrier: 'browser',
    call: (name, ...args) =>
      calls.call(name, args, (text) => {
        if (socket === null || socket.readyState !== WebSocket.OPEN) throw new Error('Outtray is not running.');
        socket.send(text);
      }),
    on: calls.on,
  };
  return {
    bridge,
    connection: () => connection,
    onConnection(watcher) {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  };
}

/** A browser does not tell a refused upgrade from a dead port; an answer over HTTP does. */
async function explainLoss(wasAdmitted: boolean): Promise<'closed' | 'gone'> {
  if (wasAdmitted) return 'gone';
  try {
    await fetch('./', { method: 'HEAD', cache: 'no-store' });
    return 'closed';
  } catch {
    return 'gone';
  }
}

/** From the address, once, or from an earlier load of this tab; null when there is neither. */
async function obtainKey(): Promise<string | null> {
  const token = new URLSearchParams(window.location.hash.slice(1)).get('token');
  if (token === null) return window.sessionStorage.getItem(KEY_NAME);
  // Out of the address bar and the history before anything else: it is of no more use to anybody.
  window.history.replaceState(null, '', window.location.pathname);
  try {
    const response = await fetch('./session', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ token }),
    });
    const session: unknown = response.ok ? await response.json() : null;
    if (typeof session === 'object' && session !== null && 'key' in session && typeof session.key === 'string') {
      window.sessionStorage.setItem(KEY_NAME, session.key);
    }
  } catch {
    // The door is gone; an earlier key, if there is one, will show the same.
  }
  return window.sessionStorage.getItem(KEY_NAME);
}
