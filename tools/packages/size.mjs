import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/**
 * Size of everything that an entry point exports, as a browser would load it. What is imported when it is needed first
 * does not count.
 *
 * @param {string} specifier
 * @param {string} folder where it is installed
 * @returns {Promise<number>} bytes, minified and compressed
 */
export async function browserBytes(specifier, folder) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export * from '${specifier}'`, resolveDir: folder },
    absWorkingDir: folder,
    outdir: 'out',
    bundle: true,
    splitting: true,
    metafile: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'silent',
  });
  const loaded = new Set([Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint !== undefined)?.[0] ?? '']);
  for (const file of loaded) {
    for (const { path, kind } of metafile.outputs[file]?.imports ?? []) if (kind === 'import-statement') loaded.add(path);
  }
  return [...loaded]
    .map((file) => outputFiles.find(({ path }) => path === join(folder, file))?.contents)
    .reduce((sum, contents) => sum + (contents === undefined ? Number.NaN : gzipSync(contents, { level: 9 }).length), 0);
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
