/**
 * The line between the stand-in and the test that launched it, over the IPC channel of fork():
 * the test sends functions to run with the electron module, the stand-in says when something a
 * test may wait for has changed.
 */
export type FromTest = {
  readonly kind: 'evaluate';
  readonly id: number;
  readonly source: string;
  readonly argument: unknown;
};

export type ToTest =
  | { readonly kind: 'ready' }
  | { readonly kind: 'changed' }
  | { readonly kind: 'devtools'; readonly port: number }
  | {
      readonly kind: 'answer';
      readonly id: number;
      readonly ok: boolean;
      readonly value: unknown;
    };

export function tell(message: ToTest): void {
  if (process.connected) process.send?.(message);
}

/** Something recorded is different now. */
export function tellChanged(): void {
  tell({ kind: 'changed' });
}

export function answerTest(electron: unknown): void {
  process.on('message', (message: FromTest) => {
    if (message.kind !== 'evaluate') return;
    evaluate(message, electron)
      .then((value) => tell({ kind: 'answer', id: message.id, ok: true, value }))
      .catch((error: unknown) =>
        tell({ kind: 'answer', id: message.id, ok: false, value: error instanceof Error ? error.message : error }),
      );
  });
}

async function evaluate(message: FromTest, electron: unknown): Promise<unknown> {
  // The source is a function of the test that launched us.
  const compiled: unknown = new Function(`return (${message.source});`)();
  if (typeof compiled !== 'function') throw new TypeError('evaluate needs a function');
  return await compiled(electron, message.argument);
}
