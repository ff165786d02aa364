/**
 * The agent behind the terminal, from both sides: `outtray agent start` starts a process and hears
 * from it whether it is up (background.ts); that process works in `/` with nothing of its starter's open,
 * and tells the log what others tell the terminal. SIGHUP makes it read the settings again.
 */
import path from 'node:path';
import { ExitStatus } from '../../system/exit-status.js';
import { VERSION } from '../../system/version.js';
import { startAndHear, type Told, tellStarter } from '../background.js';
import { keepAgent } from './keep-agent.js';

/** The word that makes our own child one; not a command for people. */
const AGENT_WORD = '--agent';

export function startBackgroundAgent(practice: boolean): Promise<Told & { pid: number | null }> {
  return startAndHear([AGENT_WORD, ...(practice ? ['--practice'] : [])], {
    title: 'outtray: agent',
    cwd: path.parse(process.cwd()).root,
  });
}

/** The child's side. */
export async function runBackgroundAgent(practice: boolean): Promise<number> {
  try {
    return await keepAgent({
      practice,
      kind: 'background',
      onHangUp: 'reload',
      async begin(agent) {
        const { log, paths } = agent.outtray;
        if (agent.state().showingOnly) throw new Error(`another agent already works on ${paths.spoolDirectory}`);
        process.on('uncaughtException', (error) => {
          log.write(null, `SYSERR: agent: ${error.stack ?? error.message}`);
          process.exit(ExitStatus.SOFTWARE);
        });
        log.write(null, `starting agent (${VERSION})${practice ? ', practising' : ''}`);
        tellStarter(ExitStatus.OK, '');
        return () => log.write(null, 'stopping agent');
      },
    });
  } catch (error) {
    tellStarter(ExitStatus.UNAVAILABLE, error instanceof Error ? error.message : String(error));
    return ExitStatus.UNAVAILABLE;
  }
}
