/**
 * Notifications, dialogs and the system's browser, recorded; and `standIn`, through which a test
 * sees and does what a person would on the desktop.
 */
import { EventEmitter } from 'node:events';
import type * as E from 'electron';
import { app } from './application.js';
import { tellChanged } from './control.js';
import { session } from './schemes.js';
import { type TrayRecord, trays } from './tray.js';

export interface NoticeRecord {
  readonly title: string;
  readonly body: string;
  readonly silent: boolean;
  /** `closed` by the program or the person. */
  readonly state: 'shown' | 'closed';
}

const notifications: Notification[] = [];

export class Notification extends EventEmitter {
  readonly title: string;
  readonly body: string;
  readonly silent: boolean;
  state: 'made' | 'shown' | 'closed' = 'made';

  constructor(options: E.NotificationConstructorOptions = {}) {
    super();
    this.title = options.title ?? '';
    this.body = options.body ?? '';
    this.silent = options.silent ?? false;
  }

  static isSupported(): boolean {
    return true;
  }

  show(): void {
    this.state = 'shown';
    notifications.push(this);
    this.emit('show', {});
    tellChanged();
  }

  close(): void {
    if (this.state !== 'shown') return;
    this.state = 'closed';
    this.emit('close', {});
    tellChanged();
  }
}

const dialogs: string[] = [];
export const dialog = {
  showErrorBox(title: string, content: string): void {
    dialogs.push(`${title}: ${content}`);
    console.error(`dialog: ${title}: ${content}`);
    tellChanged();
  },
};

const openedAddresses: string[] = [];
export const shell = {
  async openExternal(url: string): Promise<void> {
    openedAddresses.push(url);
    tellChanged();
  },
};

/** What a test sees and does where a person would look and click. */
export const standIn = {
  trays: (): TrayRecord[] => trays.map((tray) => tray.record()),
  chooseInTray(labels: readonly string[]): void {
    const [tray] = trays;
    if (tray === undefined) throw new Error('there is no tray');
    tray.choose(labels);
  },
  notices: (): NoticeRecord[] =>
    notifications.map(({ title, body, silent, state }) => ({
      title,
      body,
      silent,
      state: state === 'shown' ? 'shown' : 'closed',
    })),
  /** The newest one that is still shown under this title. */
  clickNotice(title: string): void {
    const notice = notifications.findLast((each) => each.title === title && each.state === 'shown');
    if (notice === undefined) throw new Error(`no notice ${title} is shown`);
    notice.emit('click', {});
    notice.close();
  },
  relaunches: (): number => app.relaunches,
  dialogs: (): string[] => [...dialogs],
  openedAddresses: (): string[] => [...openedAddresses],
  permits: (permission: string): boolean => session.defaultSession.permits(permission),
};
