/**
 * Stops the message that is being sent, and says beside the button what came of it: that it is held now, or kindly
 * that it was too late. The words stay while that is so: not when the message is sent anew, or otherwise moves on.
 */
import { type RefObject, useLayoutEffect, useRef, useState } from 'react';
import { Button } from 'react-aria-components';
import type { QueueEntry, QueueState } from '../core/bridge/contract.js';
import type { Outcome } from './actions.js';
import { Icon } from './icons.js';
import { canStop } from './state-words.js';

interface Props {
  readonly entry: QueueEntry;
  readonly onStop: (entry: QueueEntry) => Promise<Outcome>;
  /** Where the keyboard goes when the button under it has nothing to stop any more. */
  readonly region: RefObject<HTMLElement | null>;
}

export function Stop({ entry, onStop, region }: Props) {
  const { state } = entry;
  const [said, setSaid] = useState<{ readonly words: Outcome; readonly of: QueueState } | null>(null);
  if (said !== null && said.of !== state) setSaid(state === 'held' ? { ...said, of: state } : null);
  const stop = () => void onStop(entry).then((words) => setSaid({ words, of: 'sending' }));
  return (
    <div className="stop">
      {canStop(state) && <StopButton onPress={stop} region={region} />}
      <p aria-live="polite">{said?.words}</p>
    </div>
  );
}

function StopButton({ onPress, region }: Pick<Props, 'region'> & { readonly onPress: () => void }) {
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    const own = button.current;
    const pane = region.current;
    return () => {
      if (document.activeElement === own) pane?.focus();
    };
  }, [region]);
  return (
    <Button ref={button} className="button small" onPress={onPress}>
      <Icon name="stop" />
      Stop
    </Button>
  );
}
