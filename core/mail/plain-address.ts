/**
 * An address that leaves nothing to interpret: `ann.lee@example.net`, words and single dots, in a
 * domain of somebody else. Most are, and each step that address-resolution.ts would take has a cost
 * when it is the only address of a program's short life. What comes out is the same. Pure.
 */
import type { Address } from './address.js';
import type { Delimiter } from './address-tokens.js';

/** Longer ones have words of their own. */
const MAX_BYTES = 255;

/** The address at `start`, and the index of the delimiter after it; null for whatever is not plain. */
export function plainAddressAt(
  source: string,
  start: number,
  delimiter: Delimiter,
  hostname: string,
): { readonly address: Address; readonly end: number } | null {
  let sign = -1;
  let dotInHost = -1;
  let end = start;
  let word = false;
  for (; end < source.length && end - start <= MAX_BYTES; end += 1) {
    const character = source.charAt(end);
    if (character === delimiter) break;
    if (isWordCharacter(source.charCodeAt(end))) {
      word = true;
      continue;
    }
    if (!word) return null;
    word = false;
    if (character === '@' && sign < 0) sign = end;
    else if (character !== '.') return null;
    else if (sign >= 0) dotInHost = end;
  }
  if (!word || dotInHost < 0 || end - start > MAX_BYTES) return null;
  const host = source.slice(sign + 1, end).toLowerCase();
  // Our own names are no relay's business (localhost.example.org is one), and UUCP's ending turns an address round.
  if (host === hostname.toLowerCase() || host.startsWith('localhost.') || host.endsWith('.uucp')) return null;
  const text = source.slice(start, end);
  return { address: { text, user: text, host, local: false, aimed: false, aimedUser: text }, end };
}

/** Letters, digits, `_`, `-`, `+` and `=`: nothing that means something in an address. */
function isWordCharacter(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x5f ||
    code === 0x2d ||
    code === 0x2b ||
    code === 0x3d
  );
}
