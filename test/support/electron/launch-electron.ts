/** The real Electron, driven by Playwright. */
import { spawn } from 'node:child_process';
import { _electron } from 'playwright-core';
import type { AppUnderTest, Exit, LaunchOptions } from './launch.js';

export async function launchElectron(executablePath: string, options: LaunchOptions): Promise<AppUnderTest> {
  const app = await _electron.launch({ executablePath, args: argumentsFor(options), env: { ...options.env } });
  const child = app.process();
  let text = '';
  child.stdout?.on('data', (data) => {
    text += String(data);
  });
  child.stderr?.on('data', (data) => {
    text += String(data);
  });
  const exited = new Promise<Exit>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  return {
    pid: child.pid ?? -1,
    // As text, like on the stand-in: a function may use nothing from outside.
    evaluate: (run, argument) =>
      app.evaluate(
        (electron, sent) =>
          new Function('electron', 'argument', `return (${sent.source})(electron, argument);`)(electron, sent.argument),
        { source: run.toString(), argument: argument as unknown },
      ),
    window: () => app.firstWindow(),
    desktop: null,
    exited,
    output: () => text,
    close: () => app.close(),
  };
}

/** Not through Playwright, which would wait for a program that stays. */
export function startElectronAgain(executablePath: string, options: LaunchOptions): Promise<Exit> {
  const child = spawn(executablePath, argumentsFor(options), { env: { ...options.env }, stdio: 'ignore' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

/** Chromium's sandbox refuses to run as root. */
function argumentsFor(options: LaunchOptions): string[] {
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return [...sandbox, options.main, ...(options.args ?? [])];
}
