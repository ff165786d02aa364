/**
 * By which protocol and from which host a message came, as -p, -M and -oM say it: sendmail's macros
 * r and s, which go into Received. Only characters that mean nothing there are let through. Pure.
 */
export interface ReceivedBy {
  readonly protocol?: string;
  readonly receivedFrom?: string;
}

/** -pSMTP:mail.example.com */
export function parseProtocol(text: string): ReceivedBy {
  const colon = text.indexOf(':');
  const protocol = colon < 0 ? text : text.slice(0, colon);
  const host = colon < 0 ? '' : text.slice(colon + 1);
  return {
    ...(protocol === '' ? {} : { protocol: clean(protocol) }),
    ...(host === '' ? {} : { receivedFrom: clean(host) }),
  };
}

export type Macro = { readonly name: string; readonly value: string } | { readonly refusal: readonly string[] };

/** -MrSMTP, -M{name}value; root may say what it likes. */
export function parseMacro(text: string, root: boolean): Macro {
  const cleaned = root ? (value: string): string => value : clean;
  if (text === '') return { refusal: ['Name required for macro/class'] };
  if (!text.startsWith('{')) return { name: text.charAt(0), value: cleaned(text.slice(1)) };
  const end = text.indexOf('}');
  if (end < 0)
    return { refusal: [`Unbalanced { on ${text.slice(1)}`, 'Unable to assign macro/class ID (mid = 0xffffffff)'] };
  const name = text.slice(1, end);
  const wrong = /[^A-Za-z0-9_]/.exec(name);
  if (wrong !== null) return { refusal: [`Invalid macro/class character ${wrong[0]}`] };
  return name === '' ? { refusal: ['Name required for macro/class'] } : { name, value: cleaned(text.slice(end + 1)) };
}

function clean(text: string): string {
  return text.replace(/[^A-Za-z0-9!#$%&'*+\-./^_`{|}~]/g, '');
}
