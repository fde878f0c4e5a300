import { fileURLToPath } from 'node:url';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import config from '../vitest.config.ts';

// The projects of the repository as tools/matrix.mjs, and tools/verify.mjs by verify.vitest.config.ts, run them. Changed here because options on the
// command line do not reach the projects' own lists.
const foreign = 'Bun' in globalThis || 'Deno' in globalThis;
const projects = (config.test?.projects ?? []) as TestProjectInlineConfiguration[];

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    ...(foreign ? {} : { maxWorkers: '100%' }),
    projects: projects.map((project) => ({
      ...project,
      test: {
        ...project.test,
        // A busy machine, a browser or a server of another make may fail once: tools/repeated-reporter.mjs names the test.
        retry: 1,
        // Types are the same everywhere: tools/typecheck.mjs checks them once.
        typecheck: { enabled: false },
        // tools/fuzz.mjs runs these, with more inputs.
        exclude: [...(project.test?.exclude ?? []), '**/*.fuzz.test.ts', ...(foreign ? ['**/*.node.test.ts'] : [])],
      },
    })),
  },
});
