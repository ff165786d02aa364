/**
 * The foot of the window: how things stand in the tray's words, pausing, the practice relay.
 * The countdown stands outside the status element: a screen reader would read it out each second.
 */
import { Button, Menu, MenuItem, MenuTrigger, Popover, Switch } from 'react-aria-components';
import type { AgentState } from '../core/bridge/contract.js';
import { useWakeUp } from './clock-hooks.js';
import { Icon } from './icons.js';
import { countMessages } from './state-words.js';
import { statusLine } from './status-words.js';
import { fullTime, untilChangeMs, untilWords } from './time-words.js';

interface Props {
  readonly agent: AgentState;
  readonly connected: boolean;
  readonly onPause: (minutes: number | null) => void;
  readonly onResume: () => void;
  readonly onPractice: (on: boolean) => void;
}

const PAUSES: readonly { readonly id: string; readonly words: string; readonly minutes: number | null }[] = [
  { id: '30', words: 'For 30 minutes', minutes: 30 },
  { id: '60', words: 'For 1 hour', minutes: 60 },
  { id: '240', words: 'For 4 hours', minutes: 240 },
  { id: 'resume', words: 'Until I resume', minutes: null },
];

export function StatusBar({ agent, connected, onPause, onResume, onPractice }: Props) {
  return (
    <footer className="status-bar">
      <StatusText agent={agent} connected={connected} />
      {agent.practice !== null && (
        <Switch
          className="switch"
          isSelected={agent.practice.on}
          isDisabled={!connected}
          onChange={onPractice}
          aria-label="Practice relay"
        >
          <span className="switch-track">
            <span className="switch-thumb" />
          </span>
          <span title={`Mail goes to ${agent.practice.maildir} and nowhere else`}>
            Practice relay: {agent.practice.on ? `${countMessages(agent.practice.received)} received` : 'off'}
          </span>
        </Switch>
      )}
      {agent.paused === null ? (
        <MenuTrigger>
          <Button className="button small" isDisabled={!connected || agent.showingOnly}>
            <Icon name="hold" />
            Pause
          </Button>
          <Popover className="popover" placement="top end">
            <Menu
              className="menu"
              aria-label="Pause sending"
              onAction={(key) => onPause(PAUSES.find(({ id }) => id === key)?.minutes ?? null)}
            >
              {PAUSES.map(({ id, words }) => (
                <MenuItem key={id} id={id} className="menu-item">
                  {words}
                </MenuItem>
              ))}
            </Menu>
          </Popover>
        </MenuTrigger>
      ) : (
        <Button className="button small" isDisabled={!connected} onPress={onResume}>
          <Icon name="release" />
          Resume
        </Button>
      )}
    </footer>
  );
}

function StatusText({ agent, connected }: { readonly agent: AgentState; readonly connected: boolean }) {
  const now = Date.now();
  const line = statusLine(agent, now);
  useWakeUp(line.nextLookAt === null ? null : untilChangeMs(line.nextLookAt, now));
  return (
    <p className="status-text" data-tone={connected ? line.tone : 'trouble'} title={line.detail || undefined}>
      <span className="dot" aria-hidden="true" />
      <span role="status">{connected ? line.text : 'Outtray has stopped.'}</span>
      {connected && line.nextLookAt !== null && line.nextLookAt > now && (
        <span className="quiet" title={fullTime(line.nextLookAt)}>
          {' '}
          Next look {untilWords(line.nextLookAt, now)}.
        </span>
      )}
    </p>
  );
}
