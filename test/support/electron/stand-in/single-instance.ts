/**
 * One instance a profile, answered at once: a symbolic link whose target is the holder's process
 * id, as Chromium does it, and a directory in which a second instance leaves its arguments. A
 * link of a process that is gone is taken over.
 */
import fs from 'node:fs';
import path from 'node:path';

type OnSecond = (argv: string[], directory: string, data: unknown) => void;

export function claimInstance(profile: string, data: unknown, onSecond: OnSecond): boolean {
  const link = path.join(profile, 'SingletonLock');
  const calls = path.join(profile, 'second-instances');
  fs.mkdirSync(calls, { recursive: true });
  const holder = readHolder(link);
  if (holder !== null && holder !== process.pid && isAlive(holder)) {
    const name = path.join(calls, `${process.pid}`);
    fs.writeFileSync(`${name}.part`, JSON.stringify({ argv: process.argv, directory: process.cwd(), data }));
    fs.renameSync(`${name}.part`, `${name}.json`);
    return false;
  }
  const watcher = fs.watch(calls, () => {
    for (const name of fs.readdirSync(calls).filter((each) => each.endsWith('.json'))) {
      const file = path.join(calls, name);
      const call = JSON.parse(fs.readFileSync(file, 'utf8')) as { argv: string[]; directory: string; data: unknown };
      fs.rmSync(file);
      onSecond(call.argv, call.directory, call.data);
    }
  });
  watcher.unref();
  fs.rmSync(link, { force: true });
  fs.symlinkSync(`${process.pid}`, link);
  process.on('exit', () => fs.rmSync(link, { force: true }));
  return true;
}

function readHolder(link: string): number | null {
  try {
    return Number.parseInt(fs.readlinkSync(link), 10);
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
