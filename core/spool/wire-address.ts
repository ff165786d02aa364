/**
 * Address fields on the wire: an address without a domain gets our host name, as sendmail's
 * relay mailer does (`Alice Example <alice>` leaves as `<alice@laptop.example.org>`), and so does
 * one at localhost. Everything else keeps its bytes: names, comments, groups, `a%b`, `a!b`. Lists
 * that grow past column 78 are laid out again the way sendmail lays them out. Pure; strings hold
 * one byte a character.
 */
/** Means us here and somebody else there. */
const OWN_DOMAIN = /@localhost$/i;
const LINE_LIMIT = 78;
const INDENT = 8;
/** One local-part and nothing else: a dot-atom or a quoted string. */
const BARE_LOCAL_PART = /^(?:[^\s"(),:;<>@[\\\]!%]+|"(?:[^"\\]|\\[\s\S])*")$/;

/** `value` is all after the colon, folds included. Unchanged when every address has its domain. */
export function qualifyAddressField(name: string, value: string, hostname: string): string {
  const elements = splitElements(value);
  const qualified = elements.map((element) => qualifyElement(element, hostname));
  if (qualified.every((element, index) => element === elements[index])) return value;
  const joined = qualified.join(',');
  return joined.split('\n').some((line, index) => line.length + (index === 0 ? name.length + 1 : 0) > LINE_LIMIT)
    ? layOut(name, qualified)
    : joined;
}

function layOut(name: string, elements: readonly string[]): string {
  let column = name.length + 2;
  let laidOut = '';
  for (const element of elements.map((text) => text.trim())) {
    const separator = laidOut === '' ? '' : ', ';
    column += separator.length + element.length;
    if (column > LINE_LIMIT && laidOut !== '') {
      laidOut += `,\n${' '.repeat(INDENT)}${element}`;
      column = INDENT + element.length;
    } else laidOut += separator + element;
  }
  return ` ${laidOut}`;
}

/** The list at its commas, not those inside quotes, comments, brackets. A group's comma splits too; its parts stand alone. */
function splitElements(value: string): string[] {
  const elements: string[] = [];
  let start = 0;
  for (const { at, character, depth } of scan(value)) {
    if (character !== ',' || depth !== 'top') continue;
    elements.push(value.slice(start, at));
    start = at + 1;
  }
  return [...elements, value.slice(start)];
}

function qualifyElement(element: string, hostname: string): string {
  let open = -1;
  let close = -1;
  let from = 0;
  let to = element.length;
  let outside = '';
  for (const { at, character, depth } of scan(element)) {
    if (depth === 'comment') outside += ' ';
    else outside += character;
    if (depth === 'quoted' || depth === 'comment') continue;
    if (character === '<' && open < 0) open = at;
    else if (character === '>' && open >= 0) close = at;
    else if (open < 0 && character === ':') from = at + 1;
    else if (open < 0 && character === ';') to = Math.min(to, at);
  }
  if (open >= 0 && close < 0) return element;
  if (open >= 0) [from, to] = [open + 1, close];
  const text = outside.slice(from, to);
  const address = text.trim();
  const localPart = address.replace(OWN_DOMAIN, '');
  if (!BARE_LOCAL_PART.test(localPart)) return element;
  const end = from + text.trimEnd().length;
  const start = end - (address.length - localPart.length);
  return `${element.slice(0, start)}@${hostname}${element.slice(end)}`;
}

interface Scanned {
  readonly at: number;
  readonly character: string;
  readonly depth: 'top' | 'quoted' | 'comment' | 'angle';
}

/** Each character and what it is inside of; the delimiters of quotes and comments count as inside. */
function* scan(text: string): Generator<Scanned> {
  let comments = 0;
  let quoted = false;
  let angle = false;
  let escaped = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    const plain = !escaped && !quoted && comments === 0;
    const startsComment = character === '(' && !escaped && !quoted;
    const startsQuote = character === '"' && plain;
    if (startsComment) comments += 1;
    if (plain && character === '<') angle = true;
    const depth = quoted || startsQuote ? 'quoted' : comments > 0 ? 'comment' : angle ? 'angle' : 'top';
    yield { at, character, depth };
    if (plain && character === '>') angle = false;
    if (startsQuote) quoted = true;
    else if (character === '"' && quoted && !escaped) quoted = false;
    if (character === ')' && comments > 0 && !escaped && !quoted) comments -= 1;
    escaped = character === '\\' && !escaped && (quoted || comments > 0);
  }
}
