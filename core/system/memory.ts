/**
 * Going through thousands of files leaves little behind each, and Bun lets that add up to 32 MB before it
 * looks for the first time what may go. Called every thousand files or so, this costs a
 * millisecond or two. Node looks often enough by itself.
 */
export function forgetGarbage(): void {
  const { Bun } = globalThis as { Bun?: { gc(synchronously: boolean): void } };
  Bun?.gc(true);
}
