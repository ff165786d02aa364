import path from 'node:path';
import { defineConfig } from 'vitest/config';

const root = path.resolve(import.meta.dirname, '..');

/**
 * Three suites by what they need: nothing (only the keychain: the built program), the built program, the built program
 * with other people's programs and a browser. The fourth, `npm run soak`, is long and not part of `npm test`.
 */
export default defineConfig({
  root,
  test: {
    root,
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            'test/core/**/*.test.ts',
            'test/electron/**/*.test.ts',
            'test/renderer/**/*.test.ts',
            'test/*.test.ts',
          ],
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/cli/**/*.test.ts', 'test/interop/**/*.test.ts', 'test/callers/**/*.test.ts'],
        },
      },
      {
        extends: true,
        test: { name: 'end-to-end', include: ['test/e2e/**/*.test.ts'], testTimeout: 90_000, fileParallelism: false },
      },
      {
        extends: true,
        test: { name: 'soak', include: ['test/soak/**/*.soak.ts'], testTimeout: 1_200_000, fileParallelism: false },
      },
    ],
  },
});
