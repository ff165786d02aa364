// The command for platforms without Bun: a Node program in chunks, so that submission loads only
// its own. koffi and keytar are native and stay in node_modules.
import path from 'node:path';
import { defineConfig } from 'vite';

const root = path.resolve(import.meta.dirname, '..');
const external = ['koffi', 'keytar', 'bufferutil', 'utf-8-validate'];

export default defineConfig({
  root,
  logLevel: 'warn',
  ssr: { noExternal: true, external },
  build: {
    ssr: path.join(root, 'core', 'cli', 'main.ts'),
    outDir: path.join(root, 'dist', 'lib'),
    emptyOutDir: false,
    target: 'node20',
    minify: false,
    copyPublicDir: false,
    rolldownOptions: {
      external: [...external, /^node:/],
      output: { format: 'es', entryFileNames: 'main.mjs', chunkFileNames: '[name]-[hash].mjs' },
    },
  },
});
