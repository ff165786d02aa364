/**
 * A proxy as the settings write it: `socks5://127.0.0.1:1080`, `http://[2001:db8::1]:3128`. The port is
 * always given: what is usual differs from one program to the next. Pure.
 */

export interface ProxyAddress {
  readonly kind: 'socks5' | 'http';
  /** Name or address, no brackets. */
  readonly host: string;
  readonly port: number;
}

const FORM = /^(socks5|http):\/\/(?:\[([0-9a-f:.]+)\]|([^\s/@:?#[\]]+)):(\d{1,5})\/?$/i;

/** null for whatever is written otherwise. */
export function parseProxy(text: string): ProxyAddress | null {
  const [, kind, literal, name, digits] = FORM.exec(text) ?? [];
  const host = literal ?? name;
  const port = Number(digits);
  if (kind === undefined || host === undefined || port < 1 || port > 65_535) return null;
  return { kind: kind.toLowerCase() === 'http' ? 'http' : 'socks5', host, port };
}

/** Somebody wrote a user, and maybe a password, into it. */
export function holdsCredentials(text: string): boolean {
  return /^[a-z0-9]+:\/\/[^/]*@/i.test(text);
}
