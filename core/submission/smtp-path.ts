/**
 * What stands behind MAIL and RCPT: keyword, colon, address, parameters. The address ends at the first
 * blank outside of quotes, brackets and comments, as sendmail finds it; whether it is one is for
 * the address reader to say. Pure.
 */
export interface SmtpPath {
  readonly address: string;
  readonly parameters: string;
}

/** `FROM:<a@b> SIZE=1` as `<a@b>` and `SIZE=1`; blanks around the colon are common and harmless. */
export function splitPath(text: string, keyword: 'FROM' | 'TO'): SmtpPath | { readonly reply: string } {
  const [, word = '', rest = ''] = /^([^\s:]*)\s*(?::\s*([\s\S]*))?$/.exec(text) ?? [];
  if (word.toUpperCase() !== keyword || rest === '')
    return { reply: `501 5.5.2 Syntax error in parameters scanning "${/^[^\s:]*/.exec(text)?.[0] ?? ''}"` };
  const length = addressLength(rest);
  return { address: rest.slice(0, length), parameters: rest.slice(length) };
}

/** Up to the first blank that is in no quotes, brackets or comment. */
function addressLength(text: string): number {
  let [angles, comments] = [0, 0];
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text.charAt(at);
    if (letter === '\\') at += 1;
    else if (letter === '"' && comments === 0) quoted = !quoted;
    else if (!quoted) {
      if (letter === '(') comments += 1;
      else if (letter === ')') comments = Math.max(0, comments - 1);
      else if (comments === 0 && letter === '<') angles += 1;
      else if (comments === 0 && letter === '>') angles = Math.max(0, angles - 1);
      else if (/[ \t]/.test(letter) && angles === 0 && comments === 0) return at;
    }
  }
  return text.length;
}
