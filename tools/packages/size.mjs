import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/**
 * Size of everything that an entry point exports, as a browser would load it.
 *
 * @param {string} specifier
 * @param {string} folder where it is installed
 * @returns {Promise<number>} bytes, minified and compressed
 */
export async function browserBytes(specifier, folder) {
  const { outputFiles } = await build({
    stdin: { contents: `export * from '${specifier}'`, resolveDir: folder },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'silent',
  });
  return gzipSync(outputFiles[0]?.contents ?? new Uint8Array(), { level: 9 }).length;
}

/**
 * What an installation brought.
 *
 * @param {string} folder with node_modules
 * @returns {{ names: string[], bytes: number }} names of the packages, and the size of all files
 */
export function installed(folder) {
  const modules = join(folder, 'node_modules');
  const { packages } = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8'));
  const files = readdirSync(modules, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return {
    names: Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, '')),
    bytes: files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0),
  };
}
