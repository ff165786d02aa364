/** What is told about the listener: by `outtray status`, `outtray doctor`, windows. */
export interface ListenerState {
  /** Where it listens: `127.0.0.1:2525`, `[::1]:2525`. */
  readonly addresses: readonly string[];
  /** What keeps it from listening there, or everywhere it should; null when nothing does. */
  readonly problem: { readonly text: string; readonly remedy: string } | null;
  /** How a program shows that it is the user's: by its owner, or by the password, too. */
  readonly admits: 'own-processes' | 'password';
  /** Connections turned away since it was switched on. */
  readonly refused: number;
}
