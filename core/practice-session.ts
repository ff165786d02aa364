/**
 * Practising, as the agent does it: the practice relay beside a durable note that practice is on,
 * so that every queue run of every process knows. When practising ends, what was written
 * meanwhile and has not left is held: it must not go to a real relay by itself.
 */
import type { Outtray } from './assemble.js';
import type { AgentState } from './bridge/contract.js';
import { endPractice, readPractice, servedByPractice, startPractice } from './practice/practice-mode.js';
import { createPracticeRelay } from './practice/practice-relay.js';
import { HELD_AFTER_PRACTICE } from './queue/hold-reason.js';

export interface PracticeSession {
  readonly view: NonNullable<AgentState['practice']>;
  setOn(on: boolean): Promise<void>;
  stop(): Promise<void>;
}

/** Starts with the relay off, so that a newcomer sees mail wait before it leaves. */
export async function startPracticeSession(outtray: Outtray, onChange: () => void): Promise<PracticeSession> {
  const { paths, clock } = outtray;
  const known = readPractice(paths.stateDirectory);
  const relay = await createPracticeRelay({ maildir: paths.practiceMaildir, port: known?.port ?? 0, on: false });
  startPractice(paths.stateDirectory, { port: relay.port, since: clock.now(), maildir: paths.practiceMaildir });
  outtray.reload();
  relay.onReceived(onChange);
  return {
    get view() {
      return { on: relay.on, port: relay.port, maildir: paths.practiceMaildir, received: relay.received };
    },
    setOn: (on) => relay.setOn(on),
    async stop() {
      await relay.stop();
      finishPractice(outtray);
    },
  };
}

/**
 * Also after a crash: the next agent that does not practise calls this first. A message that
 * somebody else is working on keeps practice on until the next time.
 */
export function finishPractice(outtray: Outtray): void {
  const practice = readPractice(outtray.paths.stateDirectory);
  if (practice === null) return;
  const written = outtray
    .entries()
    .filter((entry) => entry.state !== 'lost' && servedByPractice(practice, Math.floor(entry.queuedAt / 1000)));
  const results = written.map((entry) => outtray.hold(entry.id, HELD_AFTER_PRACTICE));
  if (results.includes('busy')) return;
  endPractice(outtray.paths.stateDirectory);
  outtray.reload();
}
