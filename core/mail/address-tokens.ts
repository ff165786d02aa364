/**
 * Splits an address as sendmail does before it judges it: atoms, quoted strings and single special
 * characters; comments and blanks fall away. What is left open is closed and reported, since
 * sendmail repairs such an address and goes on with it. Strings hold one byte a character. Pure.
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

const BLANK = /[ \t\r\n\v\f]/;
const SPECIAL = '.:%@!^/[]+<>,;';

export function tokenizeAddress(text: string, delimiter: Delimiter, start = 0): Tokens {
  const tokens: string[] = [];
  const problems: string[] = [];
  let token = '';
  let quoted = false;
  let comments = 0;
  let angles = 0;
  let route = false;
  const finish = (): void => {
    if (token !== '') tokens.push(token);
    token = '';
  };

  let at = start;
  for (; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '\\') {
      at += 1;
      const escaped = text.charAt(at);
      // `a\!b` is what shells make people type; the backslash is not meant.
      if (escaped === '!' && !quoted && comments === 0) {
        finish();
        tokens.push('!');
      } else if (comments === 0 && escaped !== '') token += `\\${escaped}`;
    } else if (quoted) {
      token += character;
      if (character !== '"') continue;
      quoted = false;
      finish();
    } else if (character === '(') comments += 1;
    else if (comments > 0) {
      if (character === ')') comments -= 1;
    } else if (character === ')') problems.push("Unbalanced ')'");
    else if (character === delimiter || (delimiter === ' ' && BLANK.test(character))) {
      if (angles <= 0) break;
      if (delimiter === ' ' || route) {
        finish();
        if (delimiter === ',') tokens.push(',');
        continue;
      }
      problems.push("Unbalanced '<'");
      finish();
      tokens.push('>');
      angles = 0;
      break;
    } else if (character === '"') {
      finish();
      quoted = true;
      token = '"';
    } else if (BLANK.test(character)) finish();
    else if (character === '>' && angles <= 0) problems.push("Unbalanced '>'");
    else if (SPECIAL.includes(character)) {
      finish();
      tokens.push(character);
      if (character === '<') {
        angles += 1;
        route = /^\s*@/.test(text.slice(at + 1));
      } else if (character === '>') {
        angles -= 1;
        route = false;
      }
    } else token += character;
  }

  if (quoted) {
    problems.push("Unbalanced '\"'");
    token += '"';
  }
  finish();
  if (comments > 0) problems.push("Unbalanced '('");
  if (angles > 0) {
    problems.push("Unbalanced '<'");
    tokens.push('>');
  }
  return { tokens, end: Math.min(at, text.length), problems };
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
