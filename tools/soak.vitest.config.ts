import { fileURLToPath } from 'node:url';
import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

/** What a clock or a long run judges, one file after the other on a machine that does nothing else. */
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  ssr: { resolve: { conditions: ['@omnitron-dev/source', ...defaultServerConditions] } },
  resolve: { conditions: ['@omnitron-dev/source'] },
  oxc: {
    decorator: { legacy: true, emitDecoratorMetadata: true },
    jsx: { runtime: 'automatic', importSource: '@omnitron-dev/aether' },
  },
  test: {
    name: 'soak',
    include: ['packages/*/test/soak/**/*.soak.ts'],
    testTimeout: 1_800_000,
    fileParallelism: false,
  },
});
