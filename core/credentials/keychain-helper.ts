/**
 * The helper process behind keychain.ts: reads one request line, does it with keytar, prints one
 * reply line. Run under a hidden word of our own executable. Everything is stored under the
 * service name Outtray. `findCredentials` is never called: on a locked keyring it crashes.
 */
import type { Readable, Writable } from 'node:stream';
import { type HelperRequest, parseHelperRequest } from './keychain.js';

const SERVICE = 'Outtray';

/** Stored beside the passwords to tell "nothing stored" from "locked". */
const MARK_ACCOUNT = '(mark)';

const MAX_REQUEST = 64 * 1024;

export async function runKeychainHelper(
  input: Readable = process.stdin,
  output: Writable = process.stdout,
): Promise<void> {
  let reply: Record<string, unknown>;
  try {
    reply = { ok: true, ...(await perform(parseHelperRequest(await readLine(input)))) };
  } catch (error) {
    reply = { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
  await new Promise<void>((resolve) => output.write(`${JSON.stringify(reply)}\n`, () => resolve()));
}

async function perform(request: HelperRequest): Promise<Record<string, unknown>> {
  const { default: keytar } = await import('keytar');
  switch (request.op) {
    case 'get': {
      const password = await keytar.getPassword(SERVICE, request.account);
      if (password !== null) return { password };
      return { password, mark: (await keytar.getPassword(SERVICE, MARK_ACCOUNT)) !== null };
    }
    case 'set':
      await keytar.setPassword(SERVICE, MARK_ACCOUNT, 'Passwords of Outtray are kept here.');
      await keytar.setPassword(SERVICE, request.account, request.password);
      return {};
    case 'delete':
      return { deleted: await keytar.deletePassword(SERVICE, request.account) };
  }
}

async function readLine(input: Readable): Promise<string> {
  let text = '';
  for await (const chunk of input) {
    text += String(chunk);
    if (text.includes('\n') || text.length > MAX_REQUEST) break;
  }
  return text.split('\n', 1)[0] ?? '';
}
