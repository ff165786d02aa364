/**
 * The pages of the windows: the files of dist/renderer under `app://outtray/`, and no others. The
 * list of files is read once, so a request can only name what was built. Every answer carries
 * the policy that the web door sends too: our own files, nothing inline, nothing from elsewhere.
 */
import { protocol } from 'electron';
import { CONTENT_SECURITY_POLICY } from '../core/bridge/content-security-policy.js';
import { readDoorFiles } from '../core/bridge/door-files.js';

const SCHEME = 'app';
const HOST = 'outtray';
export const OUTBOX_URL = `${SCHEME}://${HOST}/index.html`;

export function isOurPage(url: string): boolean {
  return url.startsWith(`${SCHEME}://${HOST}/`);
}

/** Must run before the app is ready. */
export function declareScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: SCHEME, privileges: { standard: true, secure: true } }]);
}

/** Rejects when there is no built renderer. */
export async function servePages(directory: string): Promise<void> {
  const files = await readDoorFiles(directory);
  protocol.handle(SCHEME, (request) => {
    const url = new URL(request.url);
    const file = url.host === HOST && request.method === 'GET' ? files.get(url.pathname) : undefined;
    if (file === undefined) return new Response('No such page.', { status: 404 });
    return new Response(new Uint8Array(file.body), {
      headers: {
        'Content-Type': file.type,
        'Content-Security-Policy': CONTENT_SECURITY_POLICY,
        'X-Content-Type-Options': 'nosniff',
      },
    });
  });
}
