/**
 * The control file of a message that takes the place of another one after a person has edited it. It is as
 * young and untried as a new one; what its envelope asked for (NOTIFY, ORCPT, RET, ENVID, body type) stays, for
 * the recipients that stay, and what earlier attempts left (status, C and r records, a warning given) goes. Pure.
 */
import { bareAddress } from '../mail/address.js';
import { isVisibleRecipientField, precedenceClass } from '../mail/header.js';
import { priorityOf } from '../mail/priority.js';
import type { ControlFile, HeaderRecord, RecipientRecord } from '../spool/control-file.js';

/** What is absent stays as it was. Text is one character a byte. */
export interface Edits {
  /** S record; `<>` for nobody. */
  readonly sender?: string;
  /** Addresses in the order of the R records. */
  readonly recipients?: readonly string[];
  readonly headers?: readonly HeaderRecord[];
  /** A byte above 127 is in the header or the body; of a body that was edited. */
  readonly eightBit?: boolean;
}

/** Flags of a recipient for whom nothing was asked. */
const PLAIN_RECIPIENT = 'PFD';
const WARNED = 'w';

export function editControl(
  control: ControlFile,
  edits: Edits,
  { nowSeconds, bodyBytes }: { readonly nowSeconds: number; readonly bodyBytes: number },
): ControlFile {
  const {
    message: _,
    quarantineReason: __,
    quarantineBeforeSender: ___,
    dataFileId: ____,
    authParameter,
    bodyType,
    repeated,
    ...kept
  } = control;
  const { sender = control.sender, headers = control.headers } = edits;
  const recipients = keepRecipients(control.recipients, edits.recipients);
  // Nobody vouched for another sender, and no earlier record of it counts.
  const vouched = sender === control.sender && authParameter !== undefined;
  const earlier = repeated?.filter(([code]) => !'qM'.includes(code) && (code !== 'A' || vouched)) ?? [];
  const type = edits.eightBit === true && bodyType?.toUpperCase() === '7BIT' ? '8BITMIME' : bodyType;
  const size = headers.reduce((sum, { name, value }) => sum + name.length + value.length + 2, bodyBytes);
  return {
    ...kept,
    createdAtSeconds: nowSeconds,
    lastAttemptSeconds: 0,
    attempts: 0,
    priority: priorityOf(size, recipients.length, precedenceClass(headers)),
    ...(type === undefined ? {} : { bodyType: type }),
    ...(vouched ? { authParameter } : {}),
    ...(earlier.length === 0 ? {} : { repeated: earlier }),
    flags: editFlags(control, headers, edits.eightBit),
    sender,
    recipients,
    headers,
  };
}

/** Whether a message that differs so little is worth a new one. */
export function isSameMessage(one: ControlFile, other: ControlFile): boolean {
  const said = ({ sender, recipients, headers }: ControlFile): string =>
    JSON.stringify([
      sender,
      recipients.map(({ address }) => address),
      headers.map(({ condition, name, value }) => [condition, name, value]),
    ]);
  return said(one) === said(other);
}

/** What two texts of one address have in common: names, comments and the case of the domain are nothing to it. */
export function addressKey(text: string): string {
  const bare = bareAddress(text);
  const sign = bare.lastIndexOf('@');
  return sign < 0 ? bare : bare.slice(0, sign) + bare.slice(sign).toLowerCase();
}

function keepRecipients(
  before: readonly RecipientRecord[],
  wanted: readonly string[] = before.map(({ address }) => address),
): RecipientRecord[] {
  const known = new Map(before.map((recipient) => [addressKey(recipient.address), recipient]));
  const recipients = new Map<string, RecipientRecord>();
  for (const address of wanted) {
    const key = addressKey(address);
    if (recipients.has(key)) continue;
    const found = known.get(key);
    recipients.set(key, found === undefined ? { flags: PLAIN_RECIPIENT, address } : untried(found));
  }
  return [...recipients.values()];
}

function untried({ message: _, controllingUser: __, finalRecipient: ___, ...recipient }: RecipientRecord) {
  return recipient;
}

/** `b` says that Bcc may go without leaving a header that names nobody; it follows To and Cc as they come and go. */
function editFlags(control: ControlFile, headers: readonly HeaderRecord[], eightBit: boolean | undefined): string {
  const before = control.headers.some(({ name }) => isVisibleRecipientField(name));
  const after = headers.some(({ name }) => isVisibleRecipientField(name));
  const wanted: readonly (readonly [flag: string, set: boolean])[] = [
    [WARNED, false],
    ...(before === after ? [] : [['b', after] as const]),
    ...(eightBit === undefined ? [] : [['8', eightBit] as const]),
  ];
  return wanted.reduce((flags, [flag, set]) => {
    if (flags.includes(flag) === set) return flags;
    return set ? (flag === '8' ? `8${flags}` : flags.replace(/^8?/, `$&${flag}`)) : flags.replaceAll(flag, '');
  }, control.flags);
}
