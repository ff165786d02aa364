/**
 * The bridge a window gets: `window.outtray`. Runs sandboxed, before the page, as one CommonJS
 * file. Only names on the contract's lists pass, in either direction; the page never sees
 * ipcRenderer. Refusals come as values and are thrown here, so that the page gets the agent's
 * words and not Electron's words around them.
 */
import { contextBridge, ipcRenderer } from 'electron';
import { type Bridge, CALLS, EVENTS } from '../core/bridge/contract.js';
import type { Answer } from './ipc.js';

async function call(name: unknown, ...args: unknown[]): Promise<unknown> {
  if (typeof name !== 'string' || !Object.hasOwn(CALLS, name)) throw new Error('Outtray knows no such call.');
  const answer = (await ipcRenderer.invoke(name, ...args)) as Answer;
  if (!answer.ok) throw new Error(answer.message);
  return answer.value;
}

function listen(name: unknown, listener: (value: unknown) => void): () => void {
  if (typeof name !== 'string' || !Object.hasOwn(EVENTS, name)) throw new Error('Outtray knows no such event.');
  const forward = (_event: unknown, value: unknown): void => listener(value);
  ipcRenderer.on(name, forward);
  return () => {
    ipcRenderer.off(name, forward);
  };
}

const bridge: Bridge = {
  carrier: 'electron',
  call: call as Bridge['call'],
  on: listen as Bridge['on'],
};

contextBridge.exposeInMainWorld('outtray', bridge);
