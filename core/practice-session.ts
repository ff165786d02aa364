/**
 * Practising, as the agent does it: the practice relay beside a durable note that practice is on,
 * so that every queue run of every process knows. When practising ends, what was written
 * meanwhile and has not left is held: it must not go to a real relay by itself.
 */
import type { Outtray } from './assemble.js';
import type { AgentState } from './bridge/contract.js';
import { endPractice, type Practice, readPractice, servedByPractice, startPractice } from './practice/practice-mode.js';
import { createPracticeRelay } from './practice/practice-relay.js';
import type { QueueId } from './queue/entry.js';
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
 * Also after a crash: the next agent that does not practise calls this first. False: practice
 * stays on for now, because somebody is working on a message or the disk does not take a hold;
 * call it again.
 */
export function finishPractice(outtray: Outtray): boolean {
  const { stateDirectory } = outtray.paths;
  const practice = readPractice(stateDirectory);
  if (practice === null) return true;
  try {
    if (!holdWritten(outtray, practice)) return false;
    endPractice(stateDirectory);
  } catch (error) {
    outtray.log.write(null, `SYSERR: end of practice: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
  outtray.reload();
  return true;
}

/** Until practising has ended real mail waits, so its end is tried again after this. */
const PRACTICE_END_MS = 10_000;

/** Leaves a practice that an earlier agent left behind, now or as soon as it can; `onLeft` only if it was not now. */
export function leavePractice(outtray: Outtray, onLeft: () => void): { stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  if (!finishPractice(outtray)) {
    timer = setInterval(() => {
      if (!finishPractice(outtray)) return;
      clearInterval(timer);
      onLeft();
    }, PRACTICE_END_MS);
  }
  return { stop: () => clearInterval(timer) };
}

/** Until nothing more comes: holding many takes its time, and programs go on writing. */
function holdWritten(outtray: Outtray, practice: Practice): boolean {
  const held = new Set<QueueId>();
  for (;;) {
    const written = outtray
      .entries()
      .filter(({ id, state }) => state !== 'lost' && !held.has(id))
      .filter(({ queuedAt }) => servedByPractice(practice, Math.floor(queuedAt / 1000)));
    if (written.length === 0) return true;
    for (const { id } of written) {
      if (outtray.hold(id, HELD_AFTER_PRACTICE) === 'busy') return false;
      held.add(id);
    }
  }
}
