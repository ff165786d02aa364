/**
 * What stands around an address in a header field: the name before it, comments, a group's name.
 * sendmail keeps these as they were when it writes the address anew, and mends what is left open
 * or lacks its quotes (headers.c, crackaddr). The frame is a function that puts an address in.
 * Strings hold one byte a character. Pure.
 */
import { leading } from './characters.js';

/** These in a name without quotes give it quotes. */
const MUST_QUOTE = "@,;:\\()[].'";
const BLANKS = ' \t\n\v\f\r';
/** The place of the address; a NUL is in no header field. */
const PLACE = '\0';

export function addressFrame(element: string): (address: string) => string {
  const frame = scanFrame(element.slice(leading(element, BLANKS)));
  return (address) => frame.replaceAll(PLACE, () => address);
}

function scanFrame(text: string): string {
  let out = '';
  /** What is written for good, and where what follows it begins. */
  let kept = '';
  let head = 0;
  let copying = 0;
  let angles = 0;
  let comments = 0;
  let quoted = false;
  let placed = false;
  let quoteName = false;
  let gotAngle = false;
  let gotColon = false;
  let brackets = 0;

  const place = (): void => {
    if (copying > 0 || placed) return;
    out += out.endsWith(')') ? ` ${PLACE}` : PLACE;
    placed = true;
  };
  /** The text from `head` to the mark at `mark`, in quotes where it needs them; then all begins again. */
  const keepName = (mark: number): void => {
    let end = mark;
    while (end > head && BLANKS.includes(text.charAt(end - 1))) end -= 1;
    const name = text.slice(head, end);
    const rest = text.slice(end, mark + 1);
    out = kept + (quoteName && name !== '' ? `"${name.replaceAll('"', '\\"')}"` : name) + rest;
    copying = 0;
    placed = false;
    quoteName = false;
  };

  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (copying > 0) out += character;
    if (character === '\\') {
      if (comments <= 0 && !quoted) quoteName = true;
      at += 1;
      if (copying > 0) out += text.charAt(at);
      place();
      continue;
    }
    if (character === '"' && comments <= 0) {
      // sendmail's account of its buffer is off by one here, and it then gives up all but the address.
      if (copying > 0) return `<${PLACE}>`;
      quoted = !quoted;
      continue;
    }
    if (quoted) {
      place();
      continue;
    }
    if (character === '(') {
      comments += 1;
      if (copying <= 0) out += out === kept ? '(' : ' (';
      copying += 1;
    }
    if (comments > 0) {
      if (character === ')') {
        comments -= 1;
        copying -= 1;
      }
      continue;
    }
    if (character === ')' && copying > 0) out = out.slice(0, -1);
    if (character === '[') brackets += 1;
    else if (character === ']') brackets -= 1;
    if (character === ':' && angles <= 0 && !gotColon && brackets <= 0) {
      const next = text.charAt(at + 1);
      if (next === ':' || next === '.') {
        quoteName = true;
        // The colon is there already; sendmail writes it once more.
        if (copying > 0) out += character + next;
        at += 1;
        place();
        continue;
      }
      gotColon = true;
      keepName(at);
      while (at + 1 < text.length && BLANKS.includes(text.charAt(at + 1))) {
        at += 1;
        out += text.charAt(at);
      }
      kept = out;
      head = at + 1;
      continue;
    }
    if (character === ';' && copying <= 0) out += character;
    if (MUST_QUOTE.includes(character)) quoteName = true;
    if (character === '<') {
      if (gotAngle) quoteName = true;
      gotAngle = true;
      angles = 1;
      keepName(at);
      continue;
    }
    if (character === '>') {
      if (angles > 0) angles -= 1;
      else {
        if (copying > 0) out = out.slice(0, -1);
        quoteName = true;
        continue;
      }
      if (copying <= 0) out += character;
      copying += 1;
      continue;
    }
    place();
  }
  return `${out}${')'.repeat(Math.max(comments, 0))}${'>'.repeat(Math.max(angles, 0))}`;
}
