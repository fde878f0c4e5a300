// Before packing: makes few files of the many modules in dist, because loading 150 of them takes longer than running
// them. Entry points, and what the manifest's conditions choose between, stay where they are; what they share goes to
// chunks, so that every class exists once. After packing the compiler writes dist anew.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** @type {(map: unknown) => string[]} */
const files = (map) => (typeof map === 'string' ? [map] : Object.values(map ?? {}).flatMap(files));

/**
 * Bundles what the compiler has written.
 *
 * @param {string} home the package's folder, as a URL
 */
export async function bundle(home) {
  const dist = fileURLToPath(new URL('./dist/', home));
  const { exports, imports } = JSON.parse(readFileSync(new URL('./package.json', home), 'utf8'));
  const names = [...new Set(files([exports, imports]))].map((file) => /^\.\/dist\/(.*)\.js$/.exec(file)?.[1] ?? '');
  const [bundled] = /** @type {import('vite').Rolldown.RolldownOutput[]} */ (
    await build({
      configFile: false,
      logLevel: 'error',
      build: {
        write: false,
        minify: false,
        target: 'es2022',
        lib: {
          entry: Object.fromEntries(names.filter(Boolean).map((name) => [name, `${dist}${name}.js`])),
          formats: ['es'],
          fileName: (_format, name) => `${name}.js`,
        },
        rolldownOptions: {
          // Node's modules, dependencies, and what the manifest resolves.
          external: /^(?![./])/,
          // The declarations hold the docstrings.
          output: { chunkFileNames: 'chunks/[name].js', comments: { jsdoc: false } },
        },
      },
    })
  );
  // Without it the compiler does not believe that dist is as it left it.
  rmSync(new URL('./tsconfig.tsbuildinfo', home), { force: true });
  for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    if (file.endsWith('.js')) rmSync(join(dist, file));
  }
  for (const file of bundled?.output ?? []) {
    if (file.type !== 'chunk') continue;
    mkdirSync(dirname(join(dist, file.fileName)), { recursive: true });
    writeFileSync(join(dist, file.fileName), file.code);
  }
}
