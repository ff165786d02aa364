/**
 * Pause is a person's wish and survives a restart: `pause.json` in the state directory,
 * `{"until": null}` until resumed, else an instant in milliseconds. A file that cannot be
 * read counts as no pause: mail is the point.
 */
import fs from 'node:fs';
import path from 'node:path';

export interface Pause {
  readonly until: number | null;
}

export function readPause(stateDirectory: string, now: number): Pause | null {
  try {
    const value: unknown = JSON.parse(fs.readFileSync(pauseFile(stateDirectory), 'utf8'));
    const until = typeof value === 'object' && value !== null && 'until' in value ? value.until : undefined;
    if (until === null) return { until };
    return typeof until === 'number' && until > now ? { until } : null;
  } catch {
    return null;
  }
}

export function writePause(stateDirectory: string, pause: Pause | null): void {
  if (pause === null) {
    fs.rmSync(pauseFile(stateDirectory), { force: true });
    return;
  }
  fs.mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
  fs.writeFileSync(pauseFile(stateDirectory), JSON.stringify(pause), { mode: 0o600 });
}

function pauseFile(stateDirectory: string): string {
  return path.join(stateDirectory, 'pause.json');
}
