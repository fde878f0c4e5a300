import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { rolldown } from 'rolldown';

/** Leaves out what is imported when it is needed first. */
/** @type {import('esbuild').Plugin} */
const lazyElsewhere = {
  name: 'lazy-elsewhere',
  setup({ onResolve }) {
    onResolve({ filter: /.*/ }, ({ kind }) => (kind === 'dynamic-import' ? { path: 'lazy', external: true } : undefined));
  },
};

/**
 * Size of a module as a browser would load it, with everything that it imports. What is imported when it is needed
 * first does not count.
 *
 * @param {string} code such as `export * from 'package'`
 * @param {string} folder where the packages are installed
 * @returns {Promise<number>} bytes, minified and compressed
 */
export async function browserBytes(code, folder) {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: folder },
    absWorkingDir: folder,
    plugins: [lazyElsewhere],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'silent',
  });
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length;
}

/**
 * Size of what a page loads before it does anything, cut into files as Vite does: with what its first file imports, and without what is
 * imported when it is needed. It is more than `browserBytes` says, since a file of a package is part of it whole when any of it is.
 *
 * @param {string} code such as `export { name } from 'package'`
 * @param {string} folder where the packages are installed
 * @returns {Promise<number>} bytes, minified, each file compressed
 */
export async function bytesAtOnce(code, folder) {
  const page = join(folder, 'at-once.js');
  const bundle = await rolldown({
    input: page,
    platform: 'browser',
    logLevel: 'silent',
    plugins: [
      { name: 'page', load: (id) => (id === page ? code : undefined), resolveId: (id) => (id === page ? id : undefined) },
    ],
  });
  const { output } = await bundle.generate({ format: 'es', minify: true });
  await bundle.close();
  const chunks = output.filter((file) => file.type === 'chunk');
  /** @type {Set<string>} */
  const loaded = new Set();
  const load = (/** @type {string} */ name) => {
    const chunk = chunks.find(({ fileName }) => fileName === name);
    if (chunk === undefined || loaded.has(name)) return;
    loaded.add(name);
    chunk.imports.forEach(load);
  };
  for (const { isEntry, fileName } of chunks) if (isEntry) load(fileName);
  return chunks.reduce(
    (sum, { fileName, code: text }) => sum + (loaded.has(fileName) ? gzipSync(text, { level: 9 }).length : 0),
    0,
  );
}

/**
 * Bundles the script of a page into a folder beside it, with a page that loads it.
 *
 * @param {string} folder of the page, with its `tsconfig.json`
 * @param {string} script
 * @param {string} into
 */
export async function bundlePage(folder, script, into) {
  const outdir = join(folder, into);
  await build({ absWorkingDir: folder, entryPoints: [script], outdir, bundle: true, format: 'esm', logLevel: 'silent' });
  const page = readFileSync(join(folder, 'index.html'), 'utf8').replace(script, script.replace(/tsx?$/, 'js'));
  writeFileSync(join(outdir, 'index.html'), page);
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
