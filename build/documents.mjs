/**
 * What is read rather than run: manual pages (man/man1, man5, man8) and shell completion, made of the
 * program's own tables. Their sources are TypeScript; Vite reads them for Node as it does for tests.
 */
import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');

/** Returns the folders it made in `directory`. */
export async function buildDocuments(directory) {
  const { runnerImport } = await import('vite');
  const load = async (file) => {
    const { module } = await runnerImport(path.join(root, 'core', 'cli', file), {
      root,
      configFile: false,
      logLevel: 'error',
    });
    return module;
  };
  const { manualFiles } = await load('manual/pages.ts');
  const { completionFiles } = await load('completion/scripts.ts');
  const differences = fs.readFileSync(path.join(root, 'core', 'submission', 'SENDMAIL.md'), 'utf8');
  write(path.join(directory, 'man'), manualFiles(differences));
  write(path.join(directory, 'completion'), completionFiles());
  return ['man', 'completion'];
}

function write(folder, files) {
  for (const [name, text] of files) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
}
