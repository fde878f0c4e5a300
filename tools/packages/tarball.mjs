import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { npm } from '../lib/run.mjs';

/** @typedef {import('../lib/packages.mjs').Package} Package */

/**
 * Removes compiled files whose source is gone; the compiler leaves them, and they would be packed.
 *
 * @param {Package} pack
 */
export function prune({ path }) {
  const dist = join(path, 'dist');
  if (!existsSync(dist)) return;
  for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    const stem = /^(.*?)(?:\.d)?\.(?:js|ts)(?:\.map)?$/.exec(file)?.[1];
    if (stem === undefined || existsSync(join(path, 'src', `${stem}.ts`)) || existsSync(join(path, 'src', `${stem}.tsx`)))
      continue;
    rmSync(join(dist, file));
  }
}

/**
 * Packs a package as it would be published.
 *
 * @param {Package} pack
 * @param {string} destination folder
 * @returns {Promise<{ tarball: string, faults: string[] }>}
 */
export async function pack({ path, manifest }, destination) {
  const { code, output, stdout } = await npm(
    ['pack', '--json', '--foreground-scripts=false', '--pack-destination', destination],
    {
      cwd: path,
    },
  );
  if (code !== 0) throw new Error(output);
  /** @type {[{ filename: string, files: { path: string }[] }]} */
  const [{ filename, files }] = JSON.parse(stdout);
  const names = new Set(files.map((file) => file.path));
  const faults = [];
  for (const name of ['package.json', 'README.md', 'LICENSE', ...targets(manifest.exports), ...targets(manifest.imports)]) {
    if (!names.has(name)) faults.push(`${name} is missing`);
  }
  for (const name of names) {
    if (/\.(?:test|test-d|bench)\.|\.tsbuildinfo$|(?:^|\/)(?:test|node_modules|coverage)\/|(?:^|\/)\.[^/]+$/.test(name)) {
      faults.push(`${name} does not belong into a package`);
    }
  }
  return { tarball: join(destination, filename), faults };
}

/**
 * The files that a map of entry points leads to. Sources are for this repository and are not packed.
 *
 * @param {unknown} map
 * @returns {string[]}
 */
function targets(map) {
  if (typeof map === 'string') return map.includes('*') || map.startsWith('./src/') ? [] : [map.replace(/^\.\//, '')];
  return typeof map === 'object' && map !== null ? Object.values(map).flatMap(targets) : [];
}
