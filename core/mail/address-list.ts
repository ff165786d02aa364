/**
 * Lists of addresses: a command line word, or the value of a To field. Elements end at commas;
 * in the old style, which sendmail gives up for a message as soon as one list has a comma,
 * semicolon, angle bracket or comment, at blanks. Pure.
 */
import { type AddressReading, aboutAddress, readAddress } from './address.js';
import { tokenizeAddress } from './address-tokens.js';
import { hasAnyOf, leading } from './characters.js';

/** True when the list shows that blanks do not separate. */
export function isNewStyle(list: string): boolean {
  return hasAnyOf(list, ',;<(');
}

/** Every element that holds anything, in order. `hostname` is our own. */
export function readAddressList(source: string, oldStyle: boolean, hostname: string): AddressReading[] {
  const list = source.replaceAll('\n', ' ');
  const found: AddressReading[] = [];
  for (let at = skip(list, 0); at < list.length; ) {
    const reading = readAddress(list, oldStyle ? ' ' : ',', hostname, at);
    found.push(reading);
    at = skip(list, Math.max(reading.end, at + 1));
  }
  return found;
}

const BLANKS = ' \t\r\n\v\f';
const BETWEEN = `${BLANKS},`;
const LINE_LIMIT = 78;
const INDENT = '        ';

/**
 * An address field laid out as sendmail does in the queue: elements unchanged, `, ` between
 * them, a new line where column 78 would be passed, old folds gone. `value` is all after the colon.
 * `rewrite` is what the elements are written as; one that is nothing then is left out.
 */
export function layOutAddressField(
  name: string,
  value: string,
  oldStyle: boolean,
  rewrite: (element: string) => string = (element) => element,
): string {
  let start = 0;
  while (start < value.length && BLANKS.includes(value.charAt(start))) start += 1;
  let text = ' '.repeat(start);
  let column = name.length + 1 + start;
  let first = true;
  for (const written of splitElements(value.slice(start), oldStyle).elements) {
    const element = rewrite(written);
    if (element === '') continue;
    column += element.length + (first ? 0 : 2);
    if (column > LINE_LIMIT && !first) {
      text += `,\n${INDENT}`;
      column = INDENT.length + element.length;
    } else if (!first) text += ', ';
    text += element;
    first = false;
  }
  return text;
}

/** What sendmail has to say about a field while it lays it out: brackets and quotes left open. */
export function layOutProblems(value: string, oldStyle: boolean): readonly string[] {
  return splitElements(value, oldStyle).problems;
}

function splitElements(list: string, oldStyle: boolean): { elements: string[]; problems: string[] } {
  const elements: string[] = [];
  const problems: string[] = [];
  const endFrom = (start: number): number => {
    const { end, problems: found } = tokenizeAddress(list, oldStyle ? ' ' : ',', start, Number.POSITIVE_INFINITY);
    problems.push(...found.map((problem) => aboutAddress(list.slice(start), problem)));
    return end;
  };
  for (let at = skip(list, 0); at < list.length; ) {
    let end = endFrom(at);
    // Old style: blanks around an at sign do not separate.
    for (;;) {
      const sign = end + leading(list.slice(end), BLANKS);
      if (list.charAt(sign) !== '@') break;
      end = endFrom(sign + 1 + leading(list.slice(sign + 1), BLANKS));
    }
    end = Math.max(end, at + 1);
    const element = list.slice(at, endOfText(list, at, end));
    if (element !== '') elements.push(element.includes('\n') ? element.replace(/\n(?![ \t])/g, ' ') : element);
    at = skip(list, end);
  }
  return { elements, problems };
}

/** Where blanks and commas at the end of it begin. */
function endOfText(list: string, start: number, end: number): number {
  let at = Math.min(end, list.length);
  while (at > start && BETWEEN.includes(list.charAt(at - 1))) at -= 1;
  return at;
}

function skip(list: string, from: number): number {
  let at = from;
  while (at < list.length && BETWEEN.includes(list.charAt(at))) at += 1;
  return at;
}
