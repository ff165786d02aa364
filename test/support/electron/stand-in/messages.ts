/** `ipcMain`: what pages ask reaches the registered handler; its error crosses as Electron words it. */
import { EventEmitter } from 'node:events';

type Handler = (event: unknown, ...args: unknown[]) => unknown;

export interface PageMessage {
  readonly kind: 'invoke' | 'send';
  readonly channel: string;
  readonly args: readonly unknown[];
}

class MainMessages extends EventEmitter {
  readonly #handlers = new Map<string, Handler>();

  handle(channel: string, handler: Handler): void {
    if (this.#handlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`);
    this.#handlers.set(channel, handler);
  }

  removeHandler(channel: string): void {
    this.#handlers.delete(channel);
  }

  /** From the page's runtime. */
  async receive(event: object, message: PageMessage): Promise<{ value?: unknown; error?: string }> {
    if (message.kind === 'send') {
      this.emit(message.channel, event, ...message.args);
      return {};
    }
    const handler = this.#handlers.get(message.channel);
    if (handler === undefined) return { error: `Error: No handler registered for '${message.channel}'` };
    try {
      return { value: refuseCollections(await handler(event, ...message.args)) };
    } catch (error) {
      return { error: String(error) };
    }
  }
}

/** Playwright would turn a Map into `{}` without a word; the contract is plain JSON anyway. */
export function refuseCollections<T>(value: T): T {
  if (value instanceof Map || value instanceof Set) throw new Error('stand-in cannot carry a Map or Set');
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(refuseCollections);
  return value;
}

export const ipcMain = new MainMessages();
