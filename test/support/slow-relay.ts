/** A relay that answers the final dot when it is told to. */
import { startRelay, type TestRelay } from './relay.js';

export interface SlowRelay {
  readonly relay: TestRelay;
  /** The first message has come whole. */
  readonly atDot: Promise<void>;
  /** This and every further one. */
  answer(): void;
}

export async function startSlowRelay(): Promise<SlowRelay> {
  const [atDot, reach] = moment();
  const [answered, answer] = moment();
  const relay = await startRelay({
    onMessage: () => {
      reach();
      return answered;
    },
  });
  return { relay, atDot, answer };
}

function moment(): [promise: Promise<void>, come: () => void] {
  let come = (): void => {};
  const promise = new Promise<void>((resolve) => {
    come = resolve;
  });
  return [promise, come];
}
