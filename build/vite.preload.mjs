// The preload script: a sandboxed preload must be one CommonJS file that requires only electron.
import path from 'node:path';
import { defineConfig } from 'vite';

const root = path.resolve(import.meta.dirname, '..');

export default defineConfig({
  root,
  logLevel: 'warn',
  build: {
    lib: { entry: path.join(root, 'electron', 'preload.ts'), formats: ['cjs'], fileName: () => 'preload.cjs' },
    outDir: path.join(root, 'dist', 'electron'),
    emptyOutDir: false,
    target: 'chrome140',
    minify: false,
    copyPublicDir: false,
    rolldownOptions: { external: ['electron'] },
  },
});
