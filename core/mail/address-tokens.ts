/**
 * Splits an address as sendmail does before it judges it (parseaddr.c, prescan): atoms, quoted
 * strings and single special characters; comments and blanks fall away. What is left open is
 * closed and reported, since sendmail repairs such an address and goes on with it. A delimiter ends
 * an address even behind a backslash. Strings hold one byte a character. Pure.
 */

/** What ends an address: a comma, or a blank in the old style of lists; null reads to the end. */
export type Delimiter = ' ' | ',' | null;

export interface Tokens {
  readonly tokens: readonly string[];
  /** Index of the delimiter, or the length of the text. */
  readonly end: number;
  /** `Unbalanced '<'` and the like, in order. */
  readonly problems: readonly string[];
}

const MAX_TOKEN_BYTES = 256;
const BLANKS = ' \t\r\n\v\f';
const SPECIAL = '.:%@!^/[]+<>,;';

/** A word longer than `maxTokenBytes` ends it all: sendmail reads no further. */
export function tokenizeAddress(
  text: string,
  delimiter: Delimiter,
  start = 0,
  maxTokenBytes = MAX_TOKEN_BYTES,
): Tokens {
  const tokens: string[] = [];
  const problems: string[] = [];
  let token = '';
  let quoted = false;
  /** A backslash waits for what it escapes. */
  let escaping = false;
  let comments = 0;
  let angles = 0;
  let route = false;
  let tooLong = false;
  let missingMarks = 0;
  const finish = (): void => {
    if (token !== '') tokens.push(token);
    tooLong ||= token.length > maxTokenBytes;
    token = '';
  };
  const unbalanced = (mark: string): void => {
    problems.push(`Unbalanced '${mark}'`);
  };
  /** What has to be made up at the end of the text, one at a time; null when all is closed. */
  const missing = (): readonly [open: string, close: string] | null => {
    if (quoted) return ['"', '"'];
    if (comments > 0) return ['(', ')'];
    return angles > 0 ? ['<', '>'] : null;
  };

  let at = start;
  while (!tooLong) {
    let character = text.charAt(at);
    at += 1;
    if (character === '') {
      at -= 1;
      const open = missing();
      if (open === null) break;
      missingMarks += 1;
      unbalanced(open[0]);
      character = open[1];
    } else if (character === delimiter && comments === 0 && !quoted) {
      if (angles === 0) {
        at -= 1;
        break;
      }
      if (delimiter === ',' && !route) {
        unbalanced('<');
        character = '>';
        at -= 1;
      }
    }
    if (escaping) {
      escaping = false;
      // `a\!b` is what shells make people type; the backslash is not meant.
      if (comments > 0) continue;
      if (character !== '!' || quoted) {
        token += `\\${character}`;
        continue;
      }
    }
    if (character === '\\') escaping = true;
    else if (quoted) {
      token += character;
      if (character === '"') {
        quoted = false;
        finish();
      }
    } else if (character === '(') comments += 1;
    else if (character === ')') {
      if (comments === 0) unbalanced(')');
      else {
        comments -= 1;
        finish();
      }
    } else if (comments > 0) continue;
    else if (BLANKS.includes(character)) {
      if (delimiter === ' ' && angles === 0) {
        at -= 1;
        break;
      }
      finish();
    } else if (character === '>' && angles === 0) {
      unbalanced('>');
      route = false;
    } else if (character === '"') {
      finish();
      quoted = true;
      token = '"';
    } else if (SPECIAL.includes(character)) {
      finish();
      tokens.push(character);
      if (character === '<') {
        angles += 1;
        route ||= /^[ \t\r\n\v\f]*@/.test(text.slice(at, at + 200));
      } else if (character === '>') {
        angles -= 1;
        route = false;
      }
    } else token += character;
  }
  // sendmail gives up on a long word, and reads on behind it as if an address began.
  const beyond = tooLong && missingMarks === 0 && text.charAt(at - 1) !== '"';
  const end = beyond ? Math.max(at - 1, start + 1) : at;
  finish();
  if (!tooLong) return { tokens, end, problems };
  return { tokens: [], end, problems: [...problems, 'prescan: token too long'] };
}

/** Tokens as text; where two words meet, sendmail writes a dot for the blank between them. */
export function joinTokens(tokens: readonly string[]): string {
  let text = '';
  let afterWord = false;
  for (const token of tokens) {
    const word = !token.startsWith('"') && !(token.length === 1 && SPECIAL.includes(token));
    text += afterWord && word ? `.${token}` : token;
    afterWord = word;
  }
  return text;
}
