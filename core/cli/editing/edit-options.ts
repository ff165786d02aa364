/**
 * The options of `outtray queue edit` as edits of a message. The envelope is what they say; the header follows
 * where it can: one recipient for another, and the sender where it names the one before. Pure.
 */
import { textToBytes } from '../../mail/display.js';
import { addressKey, type Edits } from '../../queue/edit.js';
import type { ControlFile } from '../../spool/control-file.js';
import { ExitStatus } from '../../system/exit-status.js';
import { readNewSender, readRecipients } from './addresses.js';
import { RECIPIENT_FIELDS, SENDER_FIELDS, withAddress, withSubject } from './header-edits.js';

/** As they were typed. */
export interface EditOptions {
  readonly to: readonly string[] | undefined;
  readonly from: string | undefined;
  readonly subject: string | undefined;
}

type ByOptions = (control: ControlFile) => Edits;

/** null: there are none. Throws CommandError (EX_USAGE) for an address that is none. */
export function readOptions({ to, from, subject }: EditOptions, hostname: string): ByOptions | null {
  const recipients = to?.flatMap((text) => readRecipients(textToBytes(text), hostname, ExitStatus.USAGE));
  const sender = from === undefined ? undefined : readNewSender(textToBytes(from), hostname, ExitStatus.USAGE);
  if (recipients === undefined && sender === undefined && subject === undefined) return null;
  return (control) => {
    let { headers } = control;
    const exchanged = recipients === undefined ? null : oneForAnother(control, recipients);
    if (exchanged !== null) headers = withAddress(headers, RECIPIENT_FIELDS, ...exchanged, hostname);
    if (sender !== undefined) headers = withAddress(headers, SENDER_FIELDS, control.sender, sender, hostname);
    if (subject !== undefined) headers = withSubject(headers, subject);
    return {
      headers,
      ...(sender === undefined ? {} : { sender }),
      ...(recipients === undefined ? {} : { recipients }),
    };
  };
}

/** What the header can follow: one recipient less, and one more. */
function oneForAnother(control: ControlFile, wanted: readonly string[]): readonly [string, string] | null {
  const before = new Map(control.recipients.map(({ address }) => [addressKey(address), address]));
  const after = new Map(wanted.map((address) => [addressKey(address), address]));
  const gone = [...before].filter(([key]) => !after.has(key)).map(([, address]) => address);
  const come = [...after].filter(([key]) => !before.has(key)).map(([, address]) => address);
  const [from] = gone;
  const [to] = come;
  return gone.length === 1 && come.length === 1 && from !== undefined && to !== undefined ? [from, to] : null;
}
