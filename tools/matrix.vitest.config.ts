import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import config from '../vitest.config.ts';

// The projects of the repository as tools/matrix.mjs, and tools/verify.mjs by verify.vitest.config.ts, run them. Changed here because options on the
// command line do not reach the projects' own lists.
const root = fileURLToPath(new URL('..', import.meta.url));
const foreign = 'Bun' in globalThis || 'Deno' in globalThis;
const projects = (config.test?.projects ?? []) as Project[];

type Project = Omit<TestProjectInlineConfiguration, 'test'> & { test?: NonNullable<TestProjectInlineConfiguration['test']> };

export default defineConfig({
  root,
  test: {
    maxWorkers: '100%',
    ...(config.test?.browser && { browser: config.test.browser }),
    // What one run has compiled the next one reads: tools/verify.mjs begins without. The key has the root of a project in it, which
    // is the same for all, so that the sources of a package are compiled once for those that use it, too.
    experimental: { fsModuleCache: true, fsModuleCachePath: join(root, '.cache/vitest') },
    projects: projects.map(({ test = {}, ...project }: Project) => ({
      ...project,
      test: {
        ...test,
        root,
        include: (test.include ?? []).map((pattern) => `${test.root ?? ''}/${pattern}`),
        // With compiled modules that are kept, Vitest 4.1 says that there are no test files when only these projects have some.
        ...(test.browser?.enabled && { experimental: { fsModuleCache: false } }),
        // A busy machine, a browser or a server of another make may fail once: tools/repeated-reporter.mjs names the test.
        retry: 1,
        // Types are the same everywhere: tools/typecheck.mjs checks them once.
        typecheck: { enabled: false },
        // tools/fuzz.mjs runs these, with more inputs.
        exclude: [...(test.exclude ?? []), '**/*.fuzz.test.ts', ...(foreign ? ['**/*.node.test.ts'] : [])],
      },
    })),
  },
});
