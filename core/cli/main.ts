/**
 * Entry of the one program behind all names. sendmail and its other names are loaded from the
 * start, since they run on each mail a program sends; `outtray` is loaded when asked for.
 */
import { identifyProgram } from './program-name.js';
import { sendmail } from './sendmail.js';
import { endWith, tolerateLeavingReaders, writeError } from './standard-output.js';

const EX_SOFTWARE = 70;

/** As sendmail's. Under the caller's, files of ours might be closed to ourselves; what is private has a mode that says so. */
const UMASK = 0o022;

async function main(): Promise<number> {
  process.umask(UMASK);
  const program = identifyProgram(process.argv0, process.argv[1], process.argv.slice(2));
  if (program.name !== 'outtray') return sendmail(program);
  tolerateLeavingReaders();
  const { outtray } = await import('./outtray.js');
  return outtray(program.words);
}

main().then(endWith, (error: unknown) => {
  writeError(`outtray: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  endWith(EX_SOFTWARE);
});
