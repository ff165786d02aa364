/**
 * Builds the Outbox window into dist/renderer. Relative addresses, because it is served as
 * app://outtray/ and as http://127.0.0.1:PORT/; no inline script, style or asset, because the policy
 * (core/bridge/content-security-policy.ts) allows none.
 */
import path from 'node:path';
import { defineConfig } from 'vite';

const root = path.resolve(import.meta.dirname, '..');

export default defineConfig({
  root: path.join(root, 'renderer'),
  base: './',
  publicDir: false,
  logLevel: 'warn',
  build: {
    outDir: path.join(root, 'dist', 'renderer'),
    emptyOutDir: true,
    target: ['chrome130', 'firefox128', 'safari17'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
