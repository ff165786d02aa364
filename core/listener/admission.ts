/**
 * Who may hand over mail to the listener. On Linux the user's own processes, told by the uid of
 * their socket: not root's either, unless the agent runs as root, since what comes in leaves in the
 * user's name. Where nobody tells uids, and where the settings ask for it, the password decides;
 * a uid that is known and another's is turned away even then. Pure.
 */
import type { PeerOwner } from './peer.js';

export interface AdmissionRule {
  /** null where there are no uids. */
  readonly ownUid: number | null;
  readonly passwordNeeded: boolean;
}

/** `auth` is the setting. */
export function admissionRule(
  auth: 'auto' | 'required',
  platform: NodeJS.Platform,
  ownUid: number | null,
): AdmissionRule {
  return { ownUid, passwordNeeded: auth === 'required' || platform !== 'linux' };
}

/** null: come in. Otherwise the words for the program. */
export function whyNotAdmitted(owner: PeerOwner, { ownUid, passwordNeeded }: AdmissionRule): string | null {
  if (owner.kind === 'uid' && owner.uid !== ownUid)
    return 'Only programs of the user whose mail leaves here may use this; run sendmail instead';
  if (owner.kind === 'unknown' && !passwordNeeded) return 'Nobody can tell whose program this is';
  return null;
}
