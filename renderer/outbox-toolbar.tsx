/** What can be done with the chosen messages. Send Now takes all when none is chosen. */
import { Button, Toolbar } from 'react-aria-components';
import type { QueueEntry } from '../core/bridge/contract.js';
import { Icon } from './icons.js';
import { canHold, canRelease, canSend } from './state-words.js';

export interface ToolbarActions {
  readonly send: () => void;
  readonly hold: () => void;
  readonly release: () => void;
  readonly askDelete: () => void;
}

interface Props {
  readonly chosen: readonly QueueEntry[];
  /** There is anything to send at all. */
  readonly anyToSend: boolean;
  readonly connected: boolean;
  readonly actions: ToolbarActions;
}

export function OutboxToolbar({ chosen, anyToSend, connected, actions }: Props) {
  const sendable = chosen.length === 0 ? anyToSend : chosen.some((entry) => canSend(entry.state));
  return (
    <Toolbar aria-label="Messages" className="toolbar">
      <Button className="button primary" isDisabled={!connected || !sendable} onPress={actions.send}>
        <Icon name="send" />
        Send Now
      </Button>
      <Button
        className="button"
        isDisabled={!connected || !chosen.some((entry) => canHold(entry.state))}
        onPress={actions.hold}
      >
        <Icon name="hold" />
        Hold
      </Button>
      <Button
        className="button"
        isDisabled={!connected || !chosen.some((entry) => canRelease(entry.state))}
        onPress={actions.release}
      >
        <Icon name="release" />
        Release
      </Button>
      <Button className="button" isDisabled={!connected || chosen.length === 0} onPress={actions.askDelete}>
        <Icon name="delete" />
        Delete
      </Button>
    </Toolbar>
  );
}
