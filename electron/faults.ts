/**
 * Errors nobody waited for. A rejected promise leaves the rest working: it is named and the
 * agent goes on. A thrown error leaves an unknown state: it is named and the program ends; mail
 * is safe on disk, and whoever starts Outtray again loses nothing.
 */
import { app, dialog } from 'electron';

/** EX_SOFTWARE of sysexits. */
const EXIT_SOFTWARE = 70;

/** A sentence for people: the error's own message. */
export function describeFault(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Say on standard error which step failed and why, causes included. */
export function reportFault(step: string, error: unknown): void {
  const causes: string[] = [];
  for (
    let each = error;
    each !== undefined && causes.length < 5;
    each = each instanceof Error ? each.cause : undefined
  ) {
    causes.push(describeFault(each));
  }
  console.error(`outtray: ${step}: ${causes.join(': ')}`);
}

/** For steps the program cannot do without. */
export function failStartup(step: string, error: unknown): void {
  reportFault(step, error);
  dialog.showErrorBox('Outtray cannot run', `${step}: ${describeFault(error)}`);
  app.exit(EXIT_SOFTWARE);
}

export function watchFaults(): void {
  process.on('unhandledRejection', (reason) => {
    reportFault('a step that nobody waited for failed', reason);
    if (reason instanceof Error && reason.stack !== undefined) console.error(reason.stack);
  });
  process.on('uncaughtException', (error) => {
    console.error(error.stack);
    failStartup('Outtray stopped because of a fault of its own; mail stays queued', error);
  });
}
