/**
 * Bun's engine, kept from taking more memory for going through thousands of files than the files are worth. It looks
 * for garbage late (32 MB may gather), and what is called ten thousand times it compiles once more, for
 * which its best compiler takes 8 MB: that pays after seconds, and a listing is done before. Node's
 * does neither; there both do nothing.
 */
interface EngineOfBun {
  edenGC(): number;
  noFTL(code: unknown): unknown;
}

const engine: EngineOfBun | null =
  process.versions.bun === undefined ? null : (process.getBuiltinModule('bun:jsc') as unknown as EngineOfBun);

/** Called every hundred files or so, it takes a fiftieth of their time. */
export function forgetGarbage(): void {
  engine?.edenGC();
}

/** For every function that is called for each file: one that is missing brings the compiler in. */
export function compileLightly(...hot: readonly ((...given: never[]) => unknown)[]): void {
  if (engine !== null) for (const code of hot) engine.noFTL(code);
}
