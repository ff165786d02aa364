/**
 * A person's full name in front of an address: as it stands where it is a proper phrase, comment
 * or quoted string, else in double quotes (RFC 5322 §3.2.5; sendmail's MustQuoteChars, to
 * which its usual configuration adds dot and apostrophe). Pure.
 */
const MUST_QUOTE = "@,;:\\()[].'";
/** What follows them in a GECOS field is a room, a telephone number. */
const NAME_ENDS = ',;%';

/** As it goes into the Full-Name field when it comes from -F or NAME, which have no folds. */
export function quoteFullName(name: string, fold = ' '): string {
  const line = name.replace(/\n/g, fold);
  return isPhrase(line) ? line : quote(line);
}

/** First part of the GECOS field, which is not quoted; `&` stands for the login name, capitalized. */
export function fullNameOfGecos(gecos: string, login: string): string {
  const start = gecos.startsWith('*') ? 1 : 0;
  let end = start;
  while (end < gecos.length && !NAME_ENDS.includes(gecos.charAt(end))) end += 1;
  const name = gecos.slice(start, end);
  return name.replaceAll('&', login.charAt(0).toUpperCase() + login.slice(1));
}

function isPhrase(text: string): boolean {
  let quoted = false;
  let comments = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '\\') {
      at += 1;
      if (at === text.length) return false;
    } else if (character === '"' && comments === 0) quoted = !quoted;
    else if (quoted) continue;
    else if (character === '(') comments += 1;
    else if (character === ')') {
      if (comments === 0) return false;
      comments -= 1;
    } else if (comments === 0 && MUST_QUOTE.includes(character)) return false;
  }
  return !quoted && comments === 0;
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
