/** Why an address cannot be listened on, in words with the remedy. Pure. */
import type { ListenerState } from './state.js';

/** null: there is nothing to mend, since the computer has no such address, as without IPv6. */
export function bindProblem(error: unknown, address: string, port: number): ListenerState['problem'] {
  const where = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  const other = 'or set another port as "listener": {"port": ...} in the settings; it is tried again by itself.';
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return { text: `Another program has taken ${where}.`, remedy: `End it, ${other}` };
    case 'EACCES':
      return {
        text: `The system does not let you listen on ${where}.`,
        remedy: `Take a port above 1023, as "listener": {"port": 2525} in the settings.`,
      };
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
      if (address === '::1') return null;
  }
  const words = error instanceof Error ? error.message : String(error);
  return { text: `It cannot listen on ${where}: ${words}.`, remedy: `Mend that, ${other}` };
}
