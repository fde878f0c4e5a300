import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { rolldown } from 'rolldown';
import { dts } from 'rolldown-plugin-dts';
import { ascii } from './ascii.mjs';
import { targets } from './manifest.mjs';
import { pure } from './pure.mjs';

/** Node's modules, dependencies, and what conditions of the manifest choose between. */
const external = /^(?![./])/;

/**
 * @typedef {object} Chunks
 * @property {Record<string, readonly string[]>} [together] sources, without extension, that are one chunk, by its name: what they
 *   import is among them
 * @property {readonly string[]} folders that are a chunk each; lower layers, since a chunk brings along what it imports
 * @property {readonly string[]} [alone] sources, without extension, that are a chunk each: an entry exports them, and
 *   they are loaded by `import()` as well
 * @property {Record<string, readonly string[]>} [last] as `together`, but without what the chunks above have
 * @property {Record<string, string>} named a source, without its extension, by the name of the chunk that has it
 */

/**
 * Makes few files of many modules, because loading 150 of them takes longer than running them. Entries stay where they
 * are; what they share goes to chunks, so that every class exists once.
 *
 * @param {object} job
 * @param {string} job.compiled folder with the compiler's output
 * @param {string} job.sources folder with what was compiled
 * @param {readonly string[]} job.entries files of the folder, without `.js`
 * @param {string} job.destination folder
 * @param {Chunks} job.chunks
 */
export async function bundleScripts({ compiled, sources, entries, destination, chunks }) {
  const listed = (/** @type {Chunks['together']} */ groups = {}) =>
    Object.entries(groups).map(([name, files]) => ({
      name,
      test: (/** @type {string} */ id) => files.includes(sourceOf(compiled, id)),
    }));
  const bundle = await rolldown({
    input: Object.fromEntries(entries.map((name) => [name, join(compiled, `${name}.js`)])),
    external,
    plugins: [compilersMaps, pure, ascii],
    logLevel: 'warn',
    checks: { pluginTimings: false },
  });
  await bundle.write({
    dir: destination,
    format: 'es',
    entryFileNames: '[name].js',
    chunkFileNames: ({ moduleIds }) => `chunks/${nameIn(chunks, compiled, moduleIds)}.js`,
    codeSplitting: {
      groups: [
        ...listed(chunks.together),
        ...chunks.folders.map((name) => ({
          name,
          test: (/** @type {string} */ id) =>
            dirname(sourceOf(compiled, id)) === name && !entries.includes(sourceOf(compiled, id)),
        })),
        ...(chunks.alone ?? []).map((name) => ({
          name,
          test: (/** @type {string} */ id) => sourceOf(compiled, id) === name,
        })),
        ...listed(chunks.last),
      ],
    },
    minifyInternalExports: false,
    sourcemap: true,
    // As if the sources lay beside the bundle; their text is in the map.
    sourcemapPathTransform(path, map) {
      const file = relative(sources, resolve(dirname(map), path));
      return relative(dirname(map), join(dirname(destination), 'src', file))
        .split(sep)
        .join('/');
    },
    // The declarations hold the docstrings.
    comments: { jsdoc: false },
  });
  await bundle.close();
}

/**
 * Makes one file of declarations for each entry; what two entries share goes to chunks, so that a class has one type.
 *
 * @param {object} job
 * @param {string} job.compiled folder with the compiler's output
 * @param {readonly string[]} job.entries files of the folder, without `.d.ts`
 * @param {Record<string, unknown>} job.imports of the manifest: names such as `#platform`, which declarations may import from
 * @param {string} job.destination folder
 * @param {Chunks} job.chunks whose names apply
 */
export async function bundleDeclarations({ compiled, entries, imports, destination, chunks }) {
  const bundle = await rolldown({
    input: Object.fromEntries(entries.map((name) => [name, join(compiled, `${name}.d.ts`)])),
    external: /^(?![./#])/,
    plugins: [ownImports(compiled, imports), dts({ dtsInput: true, emitDtsOnly: true, tsconfig: false, sourcemap: false })],
    experimental: { attachDebugInfo: 'none' },
    logLevel: 'warn',
    checks: { pluginTimings: false },
  });
  await bundle.write({
    dir: destination,
    format: 'es',
    entryFileNames: '[name].ts',
    chunkFileNames: ({ moduleIds }) => `chunks/${nameIn(chunks, compiled, moduleIds)}.d.ts`,
    minifyInternalExports: false,
  });
  await bundle.close();
}

/**
 * Finds the declarations behind names such as `#platform`: those of the first file, since all have the same.
 *
 * @type {(compiled: string, imports: Record<string, unknown>) => import('rolldown').Plugin}
 */
const ownImports = (compiled, imports) => ({
  name: 'own-imports',
  resolveId: {
    order: 'pre',
    filter: { id: /^#/ },
    handler(id) {
      const [target] = targets(imports[id]);
      return target === undefined ? undefined : join(compiled, target.replace(/^dist\//, '').replace(/\.js$/, '.d.ts'));
    },
  },
});

/**
 * The source of a compiled file, without its extension.
 *
 * @type {(compiled: string, id: string) => string}
 */
const sourceOf = (compiled, id) =>
  relative(compiled, id)
    .split(sep)
    .join('/')
    .replace(/(?:\.d\.ts|\.js)$/, '');

/** @type {(chunks: Chunks, compiled: string, ids: readonly string[]) => string} */
function nameIn({ named, together, last }, compiled, ids) {
  const files = ids.map((id) => sourceOf(compiled, id));
  const group = Object.entries({ ...together, ...last }).find(([, [first = '']]) => files.includes(first));
  if (group !== undefined) return group[0];
  return Object.entries(named).find(([, file]) => files.includes(file))?.[0] ?? '[name]';
}

/** Reads the compiler's source maps beside its files, so that ours lead to the sources. */
const compilersMaps = {
  name: 'compilers-maps',
  /** @param {string} id */
  async load(id) {
    const [code, map] = await Promise.all([readFile(id, 'utf8'), readFile(`${id}.map`, 'utf8')]);
    return { code: code.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'), map };
  },
};
