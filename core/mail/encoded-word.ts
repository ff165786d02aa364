/**
 * Text of a header field in ASCII (RFC 2047): encoded words in base64 of UTF-8, each of whole characters and short
 * enough for a line (76) behind the name of a field, a fold between them. What is ASCII already, and cannot be taken for such a word, stays as it is. Pure.
 */

/** 76 less `Subject: =?utf-8?B??=`, three bytes in four characters. */
const MOST_BYTES = 39;

/** In one line or folded; line ends and other control characters in the text become blanks. */
export function encodeUnstructured(text: string): string {
  const line = text.replace(/ *[\u0000-\u001f\u007f-\u009f\u2028\u2029]+ */g, ' ').trim();
  if (/^[ -~]*$/.test(line) && !line.includes('=?')) return line;
  const pieces: string[] = [];
  let piece = '';
  for (const character of line) {
    if (Buffer.byteLength(piece + character) > MOST_BYTES) {
      pieces.push(piece);
      piece = '';
    }
    piece += character;
  }
  return [...pieces, piece].map((part) => `=?utf-8?B?${Buffer.from(part).toString('base64')}?=`).join('\n ');
}
