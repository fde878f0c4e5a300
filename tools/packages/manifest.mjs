/** Condition under which tools of this repository read sources. */
const source = '@omnitron-dev/source';

/**
 * The manifest as it is published: without what only this repository uses.
 *
 * @param {Record<string, unknown>} manifest
 * @returns {Record<string, unknown>}
 */
export function publishedManifest(manifest) {
  const { private: _private, scripts: _scripts, devDependencies: _devDependencies, ...published } = manifest;
  return {
    ...published,
    ...(Array.isArray(manifest.sideEffects) && {
      sideEffects: manifest.sideEffects.filter((file) => !file.startsWith('./src/')),
    }),
    // Folders beside the code, such as `bin`.
    files: ['dist', .../** @type {string[]} */ (manifest.files ?? [])],
    ...(manifest.imports !== undefined && { imports: withoutSource(manifest.imports) }),
    exports: withoutSource(manifest.exports),
  };
}

/**
 * A map of entry points without the condition of the sources.
 *
 * @param {unknown} map
 * @returns {unknown}
 */
function withoutSource(map) {
  if (typeof map !== 'object' || map === null) return map;
  const rest = Object.entries(map).filter(([condition]) => condition !== source);
  // Only one way left: no conditions.
  if (rest.length === 1 && rest[0]?.[0] === 'default') return rest[0][1];
  return Object.fromEntries(rest.map(([condition, target]) => [condition, withoutSource(target)]));
}

/**
 * The files of `dist` that a manifest leads to, with a given end, without it.
 *
 * @param {Record<string, unknown>} manifest
 * @param {'.js' | '.d.ts'} end
 * @returns {string[]} such as `http/index`
 */
export function entryFiles({ exports, imports }, end) {
  const files = [...new Set(targets([exports, imports]))];
  return files.filter((file) => file.startsWith('dist/') && file.endsWith(end)).map((file) => file.slice(5, -end.length));
}

/**
 * The files that a map of entry points leads to. Sources are for this repository and are not packed.
 *
 * @param {unknown} map
 * @returns {string[]}
 */
export function targets(map) {
  if (typeof map === 'string') return map.includes('*') || map.startsWith('./src/') ? [] : [map.replace(/^\.\//, '')];
  return typeof map === 'object' && map !== null ? Object.values(map).flatMap(targets) : [];
}
