/**
 * `protocol` and `session`. Plain Chromium refuses to load unknown schemes before anyone can
 * answer, so `app://host/x` is loaded as `https://host.app.invalid/x` and mapped back wherever
 * the program looks at an address. The `.invalid` names exist nowhere (RFC 6761).
 */
import { EventEmitter } from 'node:events';
import type { Route } from 'playwright-core';
import { app } from './application.js';

type SchemeHandler = (request: Request) => Response | Promise<Response>;
type PermissionHandler = (contents: unknown, permission: string, answer: (granted: boolean) => void) => void;

const declared = new Set<string>();
const handlers = new Map<string, SchemeHandler>();

export function toChromium(url: string): string {
  const { protocol: scheme, host, pathname, search, hash } = new URL(url);
  const name = scheme.slice(0, -1);
  if (!declared.has(name)) throw new Error(`stand-in loads declared schemes only, not ${url}`);
  return `https://${host}.${name}.invalid${pathname}${search}${hash}`;
}

export function fromChromium(url: string): string {
  const [, host, scheme, rest] = /^https:\/\/([^/]+)\.([a-z]+)\.invalid(\/.*)$/.exec(url) ?? [];
  return host === undefined ? url : `${scheme}://${host}${rest}`;
}

export const protocol = {
  registerSchemesAsPrivileged(schemes: readonly { readonly scheme: string }[]): void {
    if (app.isReady()) throw new Error('protocol.registerSchemesAsPrivileged should be called before app is ready');
    for (const { scheme } of schemes) declared.add(scheme);
  },
  handle(scheme: string, handler: SchemeHandler): void {
    if (!app.isReady()) throw new Error('protocol.handle needs the app to be ready');
    if (handlers.has(scheme)) throw new Error(`Failed to register protocol: ${scheme}`);
    handlers.set(scheme, handler);
  },
  isProtocolHandled: (scheme: string) => handlers.has(scheme),
};

/** Answers a request of a page; what no scheme serves goes nowhere. */
export async function answerRequest(route: Route): Promise<void> {
  const request = route.request();
  const url = fromChromium(request.url());
  const handler = handlers.get(new URL(url).protocol.slice(0, -1));
  if (handler === undefined) {
    await route.abort('blockedbyclient');
    return;
  }
  const response = await handler(new Request(url, { method: request.method() }));
  await route.fulfill({
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: Buffer.from(await response.arrayBuffer()),
  });
}

class PageSession extends EventEmitter {
  readonly protocol = protocol;
  #ask: PermissionHandler = (_contents, _permission, answer) => answer(true);
  #check: (contents: unknown, permission: string) => boolean = () => true;

  setPermissionRequestHandler(handler: PermissionHandler): void {
    this.#ask = handler;
  }

  setPermissionCheckHandler(handler: (contents: unknown, permission: string) => boolean): void {
    this.#check = handler;
  }

  /** For tests: what a page asking for this would get. */
  permits(permission: string): boolean {
    let granted = false;
    this.#ask(null, permission, (answer) => {
      granted = answer;
    });
    return granted || this.#check(null, permission);
  }
}

export const session = { defaultSession: new PageSession() };
