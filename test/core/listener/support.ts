/** The listener in this process, with a spool of its own and an owner to be chosen. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { type Listener, type ListenerPorts, startListener } from '../../../core/listener/listener.js';
import type { PeerOwner } from '../../../core/listener/peer.js';
import type { SubmissionEnvironment } from '../../../core/submission/environment.js';
import { parseCommandLine } from '../../../core/submission/options.js';
import type { SubmissionRequest } from '../../../core/submission/request.js';
import { type SmtpTalk, talkSmtp } from '../../support/smtp-talk.js';
import { createTestEnvironment } from '../submission/support.js';

export interface TestListener {
  readonly listener: Listener;
  readonly spool: string;
  readonly port: number;
  readonly log: readonly string[];
  /** Greeting read. */
  talk(): Promise<SmtpTalk & { readonly greeting: string }>;
}

export interface TestListenerOptions extends Partial<Omit<ListenerPorts, 'session'>> {
  readonly auth?: 'auto' | 'required';
  readonly owner?: PeerOwner;
  readonly environment?: Partial<SubmissionEnvironment>;
  /** Before each session. */
  readonly open?: () => void;
}

export function smtpRequest(): SubmissionRequest {
  const { action } = parseCommandLine('sendmail', 'sendmail', ['-bs'], { root: false });
  if (action.mode !== 'smtp') throw new Error(`mode ${action.mode}`);
  return action.request;
}

export async function startTestListener(options: TestListenerOptions = {}): Promise<TestListener> {
  const { auth = 'auto', owner, environment = {}, open = () => {}, ...ports } = options;
  const spool = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-listener-'));
  onTestFinished(() => fs.rmSync(spool, { recursive: true, force: true }));
  const log: string[] = [];
  const listener = await startListener(
    { host: '127.0.0.1', port: 0, auth },
    {
      software: 'Outtray/test',
      async session() {
        open();
        return { request: smtpRequest(), environment: createTestEnvironment(spool, environment) };
      },
      keychain: { getPassword: async () => 'the password' },
      clock: { now: () => Date.now(), steady: () => performance.now(), elapsed: () => performance.now() },
      log: (words) => void log.push(words),
      onChange: () => {},
      platform: 'linux',
      ...(owner === undefined ? {} : { findOwner: async () => owner }),
      ...ports,
    },
  );
  onTestFinished(() => listener.stop());
  const port = Number(listener.state.addresses[0]?.split(':').at(-1));
  return {
    listener,
    spool,
    port,
    log,
    async talk() {
      const talk = await talkSmtp(port);
      return { ...talk, greeting: await talk.reply() };
    },
  };
}
