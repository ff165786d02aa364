/**
 * Runs in each page before its scripts: `contextBridge` and `ipcRenderer` for the preload script.
 * The worlds are imitated with a closure: the page keeps no way to what the preload holds, and
 * what it is given is copied and frozen. Sent to the page as text, so it uses nothing from outside.
 */
export interface RuntimeOptions {
  /** Names, unguessable for the page, of the ways out of and into it. */
  readonly out: string;
  readonly into: string;
}

export type Preload = (require: (name: string) => unknown, module: object, exports: object) => void;

export function pageRuntime(options: RuntimeOptions, preload: Preload): void {
  if (window.top !== window || location.protocol === 'about:') return;
  const names = window as unknown as Record<string, unknown>;
  const out = names[options.out] as (message: unknown) => Promise<{ value?: unknown; error?: string }>;
  delete names[options.out];

  const listeners = new Map<string, Set<(event: object, ...args: unknown[]) => void>>();
  const deliver = (channel: string, args: unknown[]): void => {
    for (const listener of [...(listeners.get(channel) ?? [])]) listener({}, ...args);
  };
  Object.defineProperty(window, options.into, { value: deliver });

  const clone = <T>(value: T): T => {
    try {
      return structuredClone(value);
    } catch {
      throw new Error('An object could not be cloned.');
    }
  };
  const on = (channel: string, listener: (event: object, ...args: unknown[]) => void): void => {
    const some = listeners.get(channel) ?? new Set();
    listeners.set(channel, some.add(listener));
  };
  const off = (channel: string, listener: (event: object, ...args: unknown[]) => void): void => {
    listeners.get(channel)?.delete(listener);
  };
  const ipcRenderer = {
    async invoke(channel: string, ...args: unknown[]): Promise<unknown> {
      const answer = await out({ kind: 'invoke', channel, args: clone(args) });
      if (answer.error !== undefined) throw new Error(`Error invoking remote method '${channel}': ${answer.error}`);
      return answer.value;
    },
    send(channel: string, ...args: unknown[]): void {
      void out({ kind: 'send', channel, args: clone(args) });
    },
    on,
    off,
    removeListener: off,
  };

  /** What crosses the bridge: functions as proxies, promises awaited, the rest copied and frozen. */
  const cross = (value: unknown): unknown => {
    if (typeof value === 'function') {
      return (...args: unknown[]) => {
        try {
          return cross(value(...args.map(cross)));
        } catch (error) {
          throw new Error(error instanceof Error ? error.message : String(error));
        }
      };
    }
    if (value instanceof Promise) {
      return value.then(cross, (error: unknown) => {
        throw new Error(error instanceof Error ? error.message : String(error));
      });
    }
    if (Array.isArray(value)) return Object.freeze(value.map(cross));
    if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
      return Object.freeze(Object.fromEntries(Object.entries(value).map(([key, each]) => [key, cross(each)])));
    }
    return clone(value);
  };
  const contextBridge = {
    exposeInMainWorld(name: string, api: unknown): void {
      if (Object.hasOwn(window, name)) throw new Error(`Cannot bind an API on top of an existing property: ${name}`);
      Object.defineProperty(window, name, { value: cross(api), enumerable: true });
    },
  };

  // Opening a window is the program's decision.
  const ask = (url: string): null => {
    void out({ kind: 'open', url: new URL(url, location.href).href });
    return null;
  };
  window.open = (url) => ask(String(url ?? 'about:blank'));
  window.addEventListener(
    'click',
    (event) => {
      const link = event.target instanceof Element ? event.target.closest('a[target="_blank"]') : null;
      if (!(link instanceof HTMLAnchorElement)) return;
      event.preventDefault();
      ask(link.href);
    },
    true,
  );

  const require = (name: string): unknown => {
    if (name === 'electron') return { contextBridge, ipcRenderer };
    throw new Error(`module not found: ${name}`);
  };
  const known = new Set(Object.getOwnPropertyNames(window));
  const exposed = new Set<string>();
  const expose = contextBridge.exposeInMainWorld;
  contextBridge.exposeInMainWorld = (name, api) => {
    exposed.add(name);
    expose(name, api);
  };
  preload(require, { exports: {} }, {});
  const leaked = Object.getOwnPropertyNames(window).filter((name) => !known.has(name) && !exposed.has(name));
  if (leaked.length > 0) throw new Error(`preload leaks into the page: ${leaked.join(', ')}`);
}
