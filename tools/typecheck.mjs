// Types of everything: the packages, their tests in both decorator dialects, benchmarks, examples, documents, tools.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runChecks, runGroups } from './lib/checks.mjs';
import { packages } from './lib/packages.mjs';
import { root } from './lib/root.mjs';
import { node, tool } from './lib/run.mjs';

/** @typedef {import('./lib/packages.mjs').Package} Package */

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
const checked = places.filter(hasSources);

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

/**
 * Writes a project that checks the files of a place against the declarations of packages, which `tsc -b` has made,
 * instead of checking their sources once more. The tests of a package see its own sources.
 *
 * @param {string} place
 */
function againstDeclarations(place) {
  const folder = join(root, '.cache/types');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${place.replaceAll('/', '-')}.json`);
  const own = packages.find(({ folder }) => place.startsWith(`packages/${folder}/`));
  const references = (own ? dependencies(own) : packages).map((each) => ({ path: each.path }));
  writeFileSync(path, JSON.stringify({ extends: join(root, place, 'tsconfig.json'), references }));
  return path;
}

/** @type {(of: Package) => Package[]} */
const dependencies = ({ manifest }) => packages.filter(({ manifest: { name } }) => manifest.dependencies?.[name] !== undefined);

const built = await runChecks([{ name: 'tsc -b', run: () => tool('tsc', ['-b']) }]);
/** @type {import('./lib/checks.mjs').Check[]} */
const checks = [
  { name: 'samples in documents', run: () => node('tools/docs-snippets.mjs', []) },
  ...checked.map((place) => ({ name: place, run: () => tool('tsc', ['-p', againstDeclarations(place), '--noEmit']) })),
];
// Against the declarations of what does not compile there is nothing to check.
if (built.failed === 0) await runGroups(checks.map((check) => [check]));
