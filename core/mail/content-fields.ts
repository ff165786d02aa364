/**
 * What the header section of a message or part says about its content (RFC 2045), as far as one has to know
 * to change its transfer encoding, and that change. Whatever readers may understand differently, or may
 * not be changed, is opaque. Takes a header section as on the wire, each line ending in CR LF, with or
 * without the empty line after it. Pure; strings hold one byte a character.
 */
import { isBodySignature } from './header.js';
import type { TransferEncoding } from './transfer-encoding.js';

export type Content =
  /** Text or other content of its own, not encoded yet. `type` in small letters; null: it says none. */
  | { readonly kind: 'leaf'; readonly type: string | null }
  | { readonly kind: 'multipart'; readonly boundary: string; readonly digest: boolean }
  | { readonly kind: 'opaque' };

const OPAQUE: Content = { kind: 'opaque' };
/** Their content is signed or encrypted as it stands (RFC 1847, RFC 8551), or composite (RFC 2046 §5.2). */
const UNTOUCHABLE = /^(?:multipart\/(?:signed|encrypted)|message\/.*|application\/(?:x-)?pkcs7-mime)$/;

const FIELD = /^([!-9;-~]+)[ \t]*:(.*(?:\r\n[ \t].*)*)\r\n/gm;

/** `inDigest`: a part of a multipart/digest, which is a message where it says nothing. */
export function readContent(header: string, inDigest = false): Content {
  const fields = readFields(header);
  if (fields === null || [...fields.keys()].some(isBodySignature)) return OPAQUE;
  const [types = [], encodings = []] = [fields.get('content-type'), fields.get('content-transfer-encoding')];
  if (types.length > 1 || encodings.length > 1) return OPAQUE;
  if (
    !['', '7bit', '8bit'].includes(
      withoutComments(encodings[0] ?? '')
        .trim()
        .toLowerCase(),
    )
  )
    return OPAQUE;
  const [given] = types;
  if (given === undefined) return inDigest ? OPAQUE : { kind: 'leaf', type: null };
  const [, written, parameters = ''] = /^\s*([^\s;/"]+\/[^\s;/"]+)([\s\S]*)$/.exec(withoutComments(given)) ?? [];
  const type = written?.toLowerCase();
  if (type === undefined || UNTOUCHABLE.test(type)) return OPAQUE;
  if (!type.startsWith('multipart/')) return { kind: 'leaf', type };
  const boundary = readBoundary(parameters);
  return boundary === null ? OPAQUE : { kind: 'multipart', boundary, digest: type === 'multipart/digest' };
}

export function hasField(header: string, name: string): boolean {
  return readFields(header)?.has(name) ?? false;
}

/** In place of the field that is there, or after all others. */
export function withEncoding(header: string, encoding: TransferEncoding): string {
  const there = /^(content-transfer-encoding)[ \t]*:.*(?:\r\n[ \t].*)*\r\n/im;
  if (there.test(header)) return header.replace(there, `$1: ${encoding}\r\n`);
  return withFields(header, `Content-Transfer-Encoding: ${encoding}\r\n`);
}

export function withFields(header: string, fields: string): string {
  const end = /(?:^|\r\n)\r\n$/.test(header) ? header.length - 2 : header.length;
  return header.slice(0, end) + fields + header.slice(end);
}

/** Values by name in small letters; null where a line is none of a field: readers differ on where such a header ends. */
function readFields(header: string): ReadonlyMap<string, readonly string[]> | null {
  const fields = new Map<string, string[]>();
  let end = 0;
  for (const field of header.matchAll(FIELD)) {
    if (field.index !== end) return null;
    const [text, name = '', value = ''] = field;
    const key = name.toLowerCase();
    const before = fields.get(key);
    if (before === undefined) fields.set(key, [value]);
    else before.push(value);
    end += text.length;
  }
  return ['', '\r\n'].includes(header.slice(end)) ? fields : null;
}

/** Comments (RFC 5322 §3.2.2), which nest, become blanks; not within quotes. One without an end makes nothing of it all. */
function withoutComments(value: string): string {
  let depth = 0;
  let text = '';
  for (let at = 0; at < value.length; ) {
    const pattern = depth > 0 ? /\\[\s\S]|[\s\S]/y : /\\[\s\S]|"(?:\\[\s\S]|[^"\\])*"|[\s\S]/y;
    pattern.lastIndex = at;
    const [token] = pattern.exec(value) ?? [''];
    if (token === '(') depth += 1;
    if (depth === 0) text += token;
    if (token === ')' && depth > 0) {
      depth -= 1;
      text += ' ';
    }
    at += token.length;
  }
  return depth === 0 ? text : '(';
}

/** null: there is none, or readers might not agree on it. */
function readBoundary(parameters: string): string | null {
  const rest = parameters.replace(/\r\n/g, '');
  const pattern = /\s*;\s*([^\s=;"]+)\s*=\s*(?:"((?:\\[\s\S]|[^"\\])*)"|([^\s;"]+))(?=\s*(?:;|$))/y;
  const boundaries: string[] = [];
  while (!/^[\s;]*$/.test(rest.slice(pattern.lastIndex))) {
    const [, name, quoted, plain = ''] = pattern.exec(rest) ?? [];
    if (name === undefined || /^boundary\*/i.test(name)) return null;
    if (name.toLowerCase() === 'boundary') boundaries.push(quoted?.replace(/\\([\s\S])/g, '$1') ?? plain);
  }
  const [boundary = ''] = boundaries;
  const plausible = boundaries.length === 1 && boundary.length <= 250 && /[^\s\0]$/.test(boundary);
  return plausible ? boundary : null;
}
