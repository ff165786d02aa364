/**
 * The opened message, asked for when it is chosen and again when its entry changes. While an
 * answer is on its way the last one about the same message stays, so that nothing flickers. How far
 * a message that is being sent has come changes its entry twice a second and nothing of what is asked for here.
 */
import { useEffect, useState } from 'react';
import type { Bridge, MessageDetail, QueueEntry } from '../core/bridge/contract.js';

interface OpenedMessage {
  /** null while loading, and when it is gone. */
  readonly detail: MessageDetail | null;
  /** Why it could not be read, in words; empty when it could. */
  readonly fault: string;
}

interface Answer extends OpenedMessage {
  readonly id: string;
}

export function useMessage(bridge: Bridge, entry: QueueEntry): OpenedMessage {
  const [answer, setAnswer] = useState<Answer>({ id: '', detail: null, fault: '' });
  const version = entry.state === 'sending' ? entry.id : entry;
  useEffect(() => {
    let wanted = true;
    const id = typeof version === 'string' ? version : version.id;
    bridge.call('queue:message', id).then(
      (detail) => wanted && setAnswer({ id, detail, fault: detail === null ? 'This message has just left.' : '' }),
      (error: unknown) => {
        const fault = error instanceof Error ? error.message : 'This message could not be read.';
        if (wanted) setAnswer({ id, detail: null, fault });
      },
    );
    return () => {
      wanted = false;
    };
  }, [bridge, version]);
  return answer.id === entry.id ? answer : { detail: null, fault: '' };
}
