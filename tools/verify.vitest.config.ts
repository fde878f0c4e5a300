import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import matrix from './matrix.vitest.config.ts';

/**
 * Folders whose test files share processes, and the modules that they load, by package: a process for each of some hundred
 * files takes longer than what they test.
 */
const sharing: Readonly<Record<string, readonly string[]>> = {
  aether: ['src', 'test/netron', 'test/router', 'test/server'],
  netron: ['src', ...['contract', 'hostile', 'http', 'integration', 'standard', 'transport'].map((of) => `test/${of}`)],
  'netron-auth': ['src', 'test'],
  'netron-browser': ['src', 'test'],
  'netron-consul': ['src', 'test'],
  'netron-kubernetes': ['src', 'test'],
  'netron-nats': ['src', 'test'],
  'netron-redis': ['src', 'test'],
  nexus: ['src', 'test'],
  titan: ['src', 'test'],
};

/** Text of tests that replace modules or globals, or look at the whole process: these have one of their own all the same. */
const alone =
  /vi\.(?:doMock|mock|resetModules|stubGlobal)\(|memoryUsage|\bgc\(|\bprocess\.on\(|createHook|\/(?:memory|left|found-nodes|store-faults)\.js'/;

const root = fileURLToPath(new URL('..', import.meta.url));
const projects = (matrix.test?.projects ?? []) as TestProjectInlineConfiguration[];

/** The project, or two: `<name>-shared` has the files that share processes. */
function divided(project: TestProjectInlineConfiguration): TestProjectInlineConfiguration[] {
  const { test } = project;
  const name = String(test?.name);
  const folders = sharing[name];
  if (folders === undefined) return [project];
  const shared = folders.flatMap((folder) =>
    readdirSync(join(root, 'packages', name, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => join('packages', name, folder, file).replaceAll('\\', '/'))
      .filter((file) => /(?<!\.browser)\.test\.tsx?$/.test(file) && !alone.test(readFileSync(join(root, file), 'utf8'))),
  );
  const exclude = test?.exclude ?? [];
  return [
    { ...project, test: { ...test, exclude: [...exclude, ...shared] } },
    { ...project, test: { ...test, name: `${name}-shared`, include: shared, isolate: false } },
  ];
}

/** The tests of the repository as tools/verify.mjs runs them. */
export default defineConfig({ ...matrix, test: { ...matrix.test, projects: projects.flatMap(divided) } });
