/**
 * Pop-ups on the screen: carries out what notice-policy decides with Electron's notifications,
 * and looks again when time alone could change the decision. A notice the person closed stays
 * closed until something new joins its cause. Without a notification service nothing is lost:
 * tray and Outbox show the same.
 */
import { Notification } from 'electron';
import type { Agent } from '../core/agent.js';
import { decideNotices, type Notice, type Told } from './notice-policy.js';

export interface Notices {
  /** Call after anything changed. */
  review(): void;
  /** The computer woke; the next two minutes stay quiet. */
  woke(): void;
  stop(): void;
}

export function createNotices(
  agent: Pick<Agent, 'state' | 'entries'>,
  onClick: () => void,
  onLookAgain: () => void,
): Notices {
  /** On the screen or in the notification list; also keeps them from being collected while a click may come. */
  const live = new Map<string, Notification>();
  let told: Told = new Map();
  let wokeAt: number | null = null;
  let timer: NodeJS.Timeout | undefined;

  const withdraw = (id: string): void => {
    const notification = live.get(id);
    live.delete(id);
    notification?.close();
  };

  const show = ({ id, title, body }: Notice, silent: boolean): void => {
    withdraw(id);
    const notification = new Notification({ id, title, body, silent });
    live.set(id, notification);
    notification.on('click', () => onClick());
    notification.on('close', () => {
      if (live.get(id) === notification) live.delete(id);
    });
    notification.show();
  };

  const review = (): void => {
    clearTimeout(timer);
    const now = Date.now();
    const decision = decideNotices({ state: agent.state(), entries: agent.entries(), now, wokeAt }, told);
    told = decision.told;
    for (const action of decision.actions) {
      if (action.kind === 'withdraw') withdraw(action.id);
      else if (action.kind === 'show') show(action.notice, false);
      else if (live.has(action.notice.id)) show(action.notice, true);
    }
    if (decision.lookAgainAt === null) return;
    // At most an hour ahead, since the wall clock may jump.
    timer = setTimeout(onLookAgain, Math.min(decision.lookAgainAt - now, 3_600_000));
  };

  return {
    review,
    woke() {
      wokeAt = Date.now();
      review();
    },
    stop() {
      clearTimeout(timer);
      for (const id of [...live.keys()]) withdraw(id);
    },
  };
}
