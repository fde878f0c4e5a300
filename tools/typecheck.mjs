// Types of everything: the packages, their tests in both decorator dialects, benchmarks, examples, documents, tools.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runChecks } from './lib/checks.mjs';
import { packages } from './lib/packages.mjs';
import { root } from './lib/root.mjs';
import { node, tool } from './lib/run.mjs';

const inPackage = ['test', 'test/standard', 'examples', 'bench'];
const places = [
  ...packages.flatMap(({ folder }) => inPackage.map((place) => `packages/${folder}/${place}`)),
  'bench',
  'examples',
  'examples/todomvc',
  'examples/dashboard',
  'examples/conduit',
  'packages/aether/extension',
  'tools',
];
const configs = places.filter(hasSources).map((place) => `${place}/tsconfig.json`);

/**
 * The compiler takes a project without files for an error. `test` also covers the tests beside the sources.
 *
 * @param {string} place
 */
function hasSources(place) {
  const path = join(root, place);
  if (!existsSync(join(path, 'tsconfig.json'))) return false;
  if (place.endsWith('/test')) return true;
  return readdirSync(path, { recursive: true, encoding: 'utf8' }).some((file) => /\.[cm]?[jt]sx?$/.test(file));
}

await runChecks([
  { name: 'tsc -b', run: () => tool('tsc', ['-b']) },
  ...configs.map((path) => ({ name: path, run: () => tool('tsc', ['-p', path, '--noEmit']) })),
  { name: 'samples in documents', run: () => node('tools/docs-snippets.mjs', []) },
]);
