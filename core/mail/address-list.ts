/**
 * Lists of addresses: a command line word, or the value of a To field. Elements end at commas;
 * in the old style, which sendmail gives up for a message as soon as one list has a comma,
 * semicolon, angle bracket or comment, at blanks. Pure.
 */
import { type AddressReading, readAddress } from './address.js';
import { tokenizeAddress } from './address-tokens.js';

/** True when the list shows that blanks do not separate. */
export function isNewStyle(list: string): boolean {
  return /[,;<(]/.test(list);
}

/** Every element that holds anything, in order. */
export function readAddressList(list: string, oldStyle: boolean): AddressReading[] {
  const found: AddressReading[] = [];
  for (let at = skip(list, 0); at < list.length; ) {
    const reading = readAddress(list, oldStyle ? ' ' : ',', at);
    found.push(reading);
    at = skip(list, Math.max(reading.end, at + 1));
  }
  return found;
}

const LINE_LIMIT = 78;
const INDENT = '        ';

/**
 * An address field laid out as sendmail does in the queue: elements unchanged, `, ` between
 * them, a new line where column 78 would be passed, old folds gone. `value` is all after the colon.
 */
export function layOutAddressField(name: string, value: string, oldStyle: boolean): string {
  const start = value.length - value.replace(/^[ \t\r\n]+/, '').length;
  let text = ' '.repeat(start);
  let column = name.length + 1 + start;
  let first = true;
  for (const element of splitElements(value.slice(start), oldStyle)) {
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

function splitElements(list: string, oldStyle: boolean): string[] {
  const elements: string[] = [];
  for (let at = skip(list, 0); at < list.length; ) {
    let { end } = tokenizeAddress(list, oldStyle ? ' ' : ',', at);
    // Old style: blanks around an at sign do not separate.
    for (;;) {
      const next = /^\s*@\s*/.exec(list.slice(end));
      if (next === null || end >= list.length) break;
      end = tokenizeAddress(list, oldStyle ? ' ' : ',', end + next[0].length).end;
    }
    end = Math.max(end, at + 1);
    const element = list.slice(at, end).replace(/[\s,]+$/, '');
    if (element !== '') elements.push(element.replace(/\n(?![ \t])/g, ' '));
    at = skip(list, end);
  }
  return elements;
}

function skip(list: string, from: number): number {
  let at = from;
  while (at < list.length && /[\s,]/.test(list.charAt(at))) at += 1;
  return at;
}
