/**
 * Who answers for a message on this computer, as the log names him: sendmail's ctladdr=, the sender as given
 * when that is a user known here. Pure.
 */
import { bytesToText } from '../mail/display.js';
import { senderOnWire } from '../mail/relay-address.js';
import type { ControlFile } from '../spool/control-file.js';

export interface UserIds {
  readonly uid: number;
  readonly gid: number;
}

/** `alice (4242/4242)` */
export function controllingUser(
  { sender, flags }: Pick<ControlFile, 'sender' | 'flags'>,
  hostname: string,
  lookUp: (login: string) => UserIds | null,
): string | undefined {
  if (flags.includes('r')) return undefined;
  const address = senderOnWire(sender, { hostname });
  const at = address.lastIndexOf('@');
  if (at < 1 || address.slice(at + 1).toLowerCase() !== hostname.toLowerCase()) return undefined;
  const ids = lookUp(address.slice(0, at));
  return ids === null ? undefined : `${bytesToText(sender)} (${ids.uid}/${ids.gid})`;
}
