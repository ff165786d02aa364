// Electron's main process: one ES module with chunks for what is imported late, and the pictures
// of tray and window beside it. electron is there at run time; koffi and keytar are native and
// stay in node_modules; everything else goes into the bundle.
import fs from 'node:fs';
import path from 'node:path';
import { defineConfig } from 'vite';

const root = path.resolve(import.meta.dirname, '..');
const icons = path.join(import.meta.dirname, 'icons');

/** Files of build/icons that the program shows at run time, as dist/electron/images. */
const images = {
  name: 'outtray-images',
  generateBundle() {
    const names = fs.readdirSync(icons).filter((name) => name.endsWith('.png'));
    for (const name of names) {
      this.emitFile({ type: 'asset', fileName: `images/${name}`, source: fs.readFileSync(path.join(icons, name)) });
    }
  },
};

export default defineConfig({
  root,
  logLevel: 'warn',
  plugins: [images],
  ssr: { noExternal: true, external: ['electron', 'koffi', 'keytar', 'bufferutil', 'utf-8-validate'] },
  build: {
    ssr: path.join(root, 'electron', 'main.ts'),
    outDir: path.join(root, 'dist', 'electron'),
    emptyOutDir: false,
    target: 'node24',
    minify: false,
    copyPublicDir: false,
    rolldownOptions: {
      external: [/^electron(\/|$)/, 'koffi', 'keytar', 'bufferutil', 'utf-8-validate', /^node:/],
      output: { format: 'es', entryFileNames: 'main.mjs', chunkFileNames: 'chunks/[name]-[hash].mjs' },
    },
  },
});
