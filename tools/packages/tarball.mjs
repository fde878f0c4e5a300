import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { npm } from '../lib/run.mjs';
import { publishedForm } from './form.mjs';
import { entryFiles, targets } from './manifest.mjs';

/** @typedef {import('../lib/packages.mjs').Package} Package */

/**
 * Packs a package as it is published. Needs what `tsc -b` has compiled.
 *
 * @param {Package} pack
 * @param {string} destination folder
 * @returns {Promise<{ tarball: string, form: string }>} the file, and the folder that it was made from
 */
export async function pack(pack, destination) {
  const form = await publishedForm(pack);
  const { code, output, stdout } = await npm(['pack', '--json', '--pack-destination', destination], { cwd: form });
  if (code !== 0) throw new Error(output);
  /** @type {[{ filename: string }]} */
  const [{ filename }] = JSON.parse(stdout);
  return { tarball: join(destination, filename), form };
}

/**
 * Faults of what is published: files that are missing, that lead nowhere or that nothing leads to.
 *
 * @param {string} form folder
 * @returns {string[]}
 */
export function faultsOf(form) {
  const text = readFileSync(join(form, 'package.json'), 'utf8');
  const manifest = JSON.parse(text);
  const names = readdirSync(form, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) =>
      join(parentPath, name)
        .slice(form.length + 1)
        .replaceAll('\\', '/'),
    );
  const faults = [];
  for (const name of ['README.md', 'LICENSE', ...targets(manifest.exports), ...targets(manifest.imports)]) {
    if (!names.includes(name)) faults.push(`${name} is missing`);
  }
  for (const word of ['/source"', './src/']) if (text.includes(word)) faults.push(`package.json contains ${word}`);
  const entries = new Set(entryFiles(manifest, '.d.ts').map((name) => `dist/${name}.d.ts`));
  const reached = new Set([...entries].flatMap((name) => [name, ...imported(form, name)]));
  for (const name of names) {
    if (name.endsWith('.d.ts') && !reached.has(name)) faults.push(`${name} is not reachable from an entry point`);
    if (name.endsWith('.js')) faults.push(...mapFaults(form, name), ...textFaults(form, name));
    const beside = manifest.files.some((/** @type {string} */ folder) => folder !== 'dist' && name.startsWith(`${folder}/`));
    if (!beside && !/^(?:package\.json|README\.md|LICENSE)$|^dist\/.*(?:\.d\.ts|\.js|\.js\.map)$/.test(name))
      faults.push(`${name} does not belong in a package`);
  }
  return faults;
}

/** @type {(form: string, name: string) => string[]} */
const textFaults = (form, name) => {
  const [other] = /[^\0-\x7f]/.exec(readFileSync(join(form, name), 'utf8')) ?? [];
  return other === undefined ? [] : [`${name} contains '${other}', which is not ASCII`];
};

/**
 * The declarations that a file imports, directly or not.
 *
 * @type {(form: string, name: string, found?: Set<string>) => Set<string>}
 */
function imported(form, name, found = new Set()) {
  for (const [, path = ''] of readFileSync(join(form, name), 'utf8').matchAll(/ from "(\.[^"]*)\.js"/g)) {
    const next = join(dirname(name), `${path}.d.ts`).replaceAll('\\', '/');
    if (found.has(next)) continue;
    found.add(next);
    imported(form, next, found);
  }
  return found;
}

/** @type {(form: string, name: string) => string[]} */
function mapFaults(form, name) {
  // A file that only re-exports has none.
  if (!existsSync(join(form, `${name}.map`))) return [];
  const { sources, sourcesContent } = JSON.parse(readFileSync(join(form, `${name}.map`), 'utf8'));
  const foreign = sources.find((/** @type {string} */ source) => !/^(?:\.\.\/)+src\//.test(source));
  if (foreign !== undefined) return [`${name}.map refers to ${foreign}`];
  return sources.length === sourcesContent?.length && sourcesContent.every(Boolean) ? [] : [`${name}.map has no source contents`];
}
