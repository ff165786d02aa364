/**
 * The listener as the agent keeps it: as the settings say now, switched on, off and moved without a
 * restart. What goes wrong with it is said and never stops the agent. Nothing of it is loaded
 * before it is switched on. A session has the surroundings that `sendmail -bs` would have.
 */
import type { Outtray } from './assemble.js';
import type { SessionOptions } from './listener/connection.js';
import type { Listener } from './listener/listener.js';
import type { ListenerState } from './listener/state.js';
import type { Environment } from './system/paths.js';
import { VERSION } from './system/version.js';

export interface ListenerSession {
  /** null: not switched on. */
  readonly state: ListenerState | null;
  /** To be called whenever the settings may have changed. */
  apply(): void;
  stop(): Promise<void>;
}

export interface ListenerSessionOptions {
  readonly env: Environment;
  onChange(): void;
  complain(id: null, error: unknown): void;
}

export function createListenerSession(
  outtray: Outtray,
  { env, onChange, complain }: ListenerSessionOptions,
): ListenerSession {
  let listener: Listener | null = null;
  let trouble: ListenerState | null = null;
  let inForce = '';
  let stopped = false;

  const change = async (): Promise<void> => {
    const { enabled, ...config } = outtray.settings.listener;
    const wanted = enabled && !stopped ? JSON.stringify(config) : '';
    if (wanted === inForce) return;
    inForce = wanted;
    trouble = null;
    const before = listener;
    listener = null;
    await before?.stop();
    if (wanted !== '') {
      const { startListener } = await import('./listener/listener.js');
      const { keychain, clock, log } = outtray;
      listener = await startListener(config, {
        software: `Outtray/${VERSION}/Submit`,
        session: await sessionSource(outtray, env),
        keychain,
        clock,
        log: (words) => log.write(null, words),
        onChange,
      });
    }
    onChange();
  };

  /** Changes in quick order end as the last one says. */
  let changing: Promise<void> = Promise.resolve();
  const changeInTurn = (): Promise<void> => {
    changing = changing.then(change).catch((error: unknown) => {
      complain(null, error);
      const text = `It could not be started: ${error instanceof Error ? error.message : String(error)}.`;
      trouble = { addresses: [], problem: { text, remedy: '' }, admits: 'own-processes', refused: 0 };
      onChange();
    });
    return changing;
  };

  return {
    get state() {
      return listener?.state ?? trouble;
    },
    apply: () => void changeInTurn(),
    stop() {
      stopped = true;
      return changeInTurn();
    },
  };
}

async function sessionSource(
  { paths }: Outtray,
  env: Environment,
): Promise<() => Promise<Omit<SessionOptions, 'passwordNeeded'>>> {
  const { findSurroundings } = await import('./cli/submission-environment.js');
  const { parseCommandLine } = await import('./submission/options.js');
  const { createQueueIdSource } = await import('./spool/queue-id.js');
  const { action, common } = parseCommandLine('sendmail', 'sendmail', ['-bs'], { root: false });
  if (action.mode !== 'smtp') throw new Error('sendmail -bs is no SMTP session');
  const { request } = action;
  const ids = createQueueIdSource();
  const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
  const own = { ...common, settingsFile: bytes(paths.settingsFile), queueDirectory: bytes(paths.spoolDirectory) };
  return async () => {
    const { environment, settings } = await findSurroundings(own, env, () => {});
    return {
      // The agent sees the message and sends it, whatever the mode.
      request: { ...request, deliveryMode: settings.delivery.mode === 'queue' ? 'q' : 'd' },
      environment: { ...environment, ids, say: () => {}, complain: () => {}, onInterrupt: () => {} },
    };
  };
}
