/**
 * Header fields that a program writes for Outtray and nobody else: their names begin `X-Outtray-`, and they stay
 * in the queue. One is known, `X-Outtray-Require-TLS: yes`: the message leaves only where the relay promises
 * TLS all the way (RFC 8689), and so does a report about it, which then has its header alone. Pure.
 */

interface NamedField {
  readonly name: string;
  readonly value: string;
}

const REQUIRE_TLS = 'X-Outtray-Require-TLS';

export function isPrivateField(name: string): boolean {
  return /^x-outtray-/i.test(name);
}

/** Who writes anything but "no" there wants something; a slip of the pen must not send it in the open. */
export function requiresTls(fields: readonly NamedField[]): boolean {
  return fields.some(({ name, value }) => isRequireTls(name) && !/^(?:no)?$/i.test(value.trim()));
}

/** The header of a report about a message with these fields (RFC 8689 §5). */
export function inheritPrivateFields<Field extends NamedField & { readonly condition: string }>(
  header: readonly Field[],
  about: readonly NamedField[],
): readonly (Field | { condition: string; name: string; value: string })[] {
  return requiresTls(about) ? [...header, { condition: '', name: REQUIRE_TLS, value: ' yes' }] : header;
}

function isRequireTls(name: string): boolean {
  return (
    name
      .replace(/[\r\n\0]/g, '')
      .trimEnd()
      .toLowerCase() === REQUIRE_TLS.toLowerCase()
  );
}
