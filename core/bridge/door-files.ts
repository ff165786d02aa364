/**
 * The files that the web door serves: the built renderer, read once into memory under the exact
 * paths they are asked for. A request is a lookup in this list, so no path of a request ever
 * reaches the file system.
 */
import fs from 'node:fs/promises';
import path from 'node:path';

export interface DoorFile {
  readonly body: Buffer;
  readonly type: string;
  /** Its name changes with its content, so a browser may keep it. */
  readonly immutable: boolean;
}

const TYPES: ReadonlyMap<string, string> = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
  ['.png', 'image/png'],
  ['.woff2', 'font/woff2'],
]);

/** Rejects when the directory holds no index.html: the program was not built whole. */
export async function readDoorFiles(directory: string): Promise<ReadonlyMap<string, DoorFile>> {
  const files = new Map<string, DoorFile>();
  for (const name of await fs.readdir(directory, { recursive: true })) {
    const type = TYPES.get(path.extname(name));
    if (type === undefined) continue;
    const url = `/${name.split(path.sep).join('/')}`;
    const body = await fs.readFile(path.join(directory, name));
    files.set(url, { body, type, immutable: url.startsWith('/assets/') });
  }
  const index = files.get('/index.html');
  if (index === undefined) throw new Error(`${directory} holds no index.html; run npm run build`);
  files.set('/', index);
  return files;
}
