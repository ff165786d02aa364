/**
 * How this window reaches the agent. In Electron the preload has put the bridge there; in a
 * browser we open one over the web door's WebSocket. Whoever uses it cannot tell the
 * difference, except that a socket can be lost: `connection` says so.
 */
import type { Bridge } from '../core/bridge/contract.js';
import type { Connection } from './banner-words.js';
import { connectWebDoor } from './web-carrier.js';

export interface Link {
  readonly bridge: Bridge;
  connection(): Connection;
  /** Returns the way to stop listening. */
  onConnection(listener: () => void): () => void;
}

declare global {
  interface Window {
    /** Put there by Electron's preload. */
    readonly outtray?: Bridge;
  }
}

export function openLink(): Link {
  const bridge = window.outtray;
  if (bridge === undefined) return connectWebDoor();
  return { bridge, connection: () => 'connected', onConnection: () => () => {} };
}
