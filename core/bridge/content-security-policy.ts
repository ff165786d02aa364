/**
 * The Content-Security-Policy of the Outbox window, the same in Electron and in a browser: only
 * our own files, no inline script, no inline style, nothing remote, never inside a frame. A
 * message shown in the window can therefore load nothing and run nothing.
 */
const DIRECTIVES: Readonly<Record<string, string>> = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data:",
  'font-src': "'self'",
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
};

/** `connect` names what `connect-src` admits beside our own origin: the web door's socket, which not every browser counts as 'self'. */
export function contentSecurityPolicy(connect = ''): string {
  return Object.entries(DIRECTIVES)
    .map(([name, value]) => (name === 'connect-src' ? `${name} ${value} ${connect}`.trimEnd() : `${name} ${value}`))
    .join('; ');
}

export const CONTENT_SECURITY_POLICY = contentSecurityPolicy();
