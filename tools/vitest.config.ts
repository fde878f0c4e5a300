import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Tests of the tools themselves: they start git, compilers and checks in repositories of their own. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  test: { name: 'tools', include: ['test/**/*.test.ts'], testTimeout: 180_000 },
});
