/**
 * Text from mail and relays, made safe to show. It may hold anything: control characters,
 * terminal escapes, invisible marks, and direction marks (Unicode TR 36, "Trojan Source")
 * that make an address read as another one. React keeps it from being markup; this keeps it from
 * being misread.
 */

/** C0 and C1 controls, soft hyphen, zero-width and direction marks, line separators, BOM, tag characters. */
const UNSEEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

/** One line: white space collapses to one space, what cannot be seen goes. */
export function cleanLine(text: string): string {
  return text
    .replace(/[\t\r\n\u2028\u2029]+/g, ' ')
    .replace(UNSEEN, '')
    .replace(/ {2,}/g, ' ')
    .trim();
}

/** Many lines: line ends and tabs stay, every other unseen character becomes a visible U+FFFD so that it can be noticed. */
export function cleanBlock(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(UNSEEN, (character) => (character === '\n' || character === '\t' ? character : '\ufffd'));
}

/** `Meike Brandt` of `Meike Brandt <me@example.net>`: for a narrow column whose title has it all. */
export function nameOf(mailbox: string): string {
  const name = /^"?([^"<]*[^"<\s])"?\s*<[^<>]*>$/.exec(mailbox)?.[1];
  return name ?? mailbox;
}
