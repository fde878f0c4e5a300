// Which part of a package may import which. Change the tables, not the rules below them.
import { existsSync, readFileSync } from 'node:fs';

/**
 * @typedef {object} Layers
 * @property {string[][]} rows folders of `src`, lowest first. A folder imports itself and lower rows, never its own row.
 *   No rows: no layers. Files directly in `src` are above all rows; folders do not import them
 * @property {Record<string, { imports: string[], types?: string[] }>} [narrow] folders that may import less than their
 *   row allows, or types from a neighbour
 * @property {{ folder: string, imports: string[] }} [platform] the folder behind `#platform`: everything may import it,
 *   by that name only
 * @property {string[]} node paths below `src` (a folder ends in `/`) that may use built-in modules of Node
 * @property {boolean} [acyclicTypes] imports of types alone make no circle either: a part declares the few members that
 *   it uses of its owner
 * @property {Record<string, string[]>} [external] packages that only some paths may import
 * @property {number} minimum modules that must be found, so that a broken resolver does not pass as "no violations"
 */

/** @type {Record<string, Layers>} */
export const layers = {
  nexus: { rows: [], node: [], minimum: 10 },
  netron: {
    rows: [
      ['util'],
      ['errors'],
      ['wire', 'transport', 'compression'],
      ['middleware'],
      ['service'],
      ['events', 'tasks', 'http'],
      ['peer'],
      ['discovery'],
      ['balance'],
      ['cluster'],
      ['node'],
      ['client'],
      ['testing'],
    ],
    narrow: { middleware: { imports: ['errors', 'util'], types: ['wire'] } },
    platform: { folder: 'platform', imports: ['util'] },
    node: ['transport/node/', 'compression/node/', 'discovery/node/', 'platform/node.ts'],
    acyclicTypes: true,
    external: { ws: ['transport/node/'] },
    minimum: 80,
  },
  'netron-browser': {
    rows: [['util'], ['cache', 'retry'], ['request'], ['query'], ['fluent', 'live', 'queue'], ['peer']],
    node: [],
    minimum: 20,
  },
  aether: {
    rows: [['reactive'], ['store', 'view'], ['di'], ['router', 'netron', 'server'], ['devtools', 'testing'], ['vite']],
    platform: { folder: 'dev', imports: [] },
    node: [],
    external: { 'alien-signals': ['reactive/'], 'magic-string': ['vite/'], vite: ['vite/'] },
    minimum: 15,
  },
  titan: {
    rows: [
      ['util'],
      ['errors'],
      ['schema'],
      ['config', 'logger', 'events', 'metrics'],
      ['netron'],
      ['security'],
      ['guard'],
      ['service'],
      ['topology'],
      ['app'],
    ],
    node: [''],
    external: { pino: ['logger/'], yaml: ['config/', 'topology/'], 'smol-toml': ['config/'] },
    minimum: 20,
  },
  cli: { rows: [['plan'], ['project', 'service', 'run'], ['commands']], node: [''], minimum: 5 },
  'create-aether': { rows: [], node: [''], minimum: 3 },
  'create-titan': { rows: [], node: [], minimum: 1 },
  'netron-auth': {
    rows: [['identity'], ['certificates', 'jwt', 'keys', 'rbac', 'sealing', 'sign-in'], ['oidc']],
    node: [],
    external: { 'openid-client': ['oidc/'] },
    minimum: 10,
  },
  'netron-consul': { rows: [], node: [], minimum: 4 },
  'netron-kubernetes': { rows: [], node: [''], minimum: 4 },
  'netron-nats': { rows: [], node: [''], minimum: 4 },
  'netron-redis': { rows: [], node: [''], minimum: 5 },
};

/** Tests may import whatever they test with. */
const tests = '[.](?:test|test-d|bench)[.]ts$';
const anyOf = (/** @type {readonly string[]} */ names) => `(?:${names.join('|')})`;
const literal = (/** @type {string} */ path) => path.replaceAll('.', '[.]');

/**
 * @param {string} name of the package's folder
 * @param {Layers} table
 */
function rulesOf(name, { rows, narrow = {}, platform, node, acyclicTypes = false, external = {} }) {
  const src = `^packages/${name}/src/`;
  const inFolder = (/** @type {readonly string[]} */ folders) => `${src}${anyOf(folders)}/`;
  const common = platform ? [platform.folder] : [];
  const rules = [];

  /** @type {(folder: string, imports: readonly string[], types?: readonly string[]) => void} */
  const restrict = (folder, imports, types = []) => {
    const allowed = [folder, ...imports, ...common];
    rules.push({
      name: `${name}-${folder}-imports`,
      comment: `src/${folder} may import ${[...imports, ...types.map((other) => `types of ${other}`)].join(', ') || 'nothing of this package'}`,
      severity: 'error',
      from: { path: inFolder([folder]), pathNot: tests },
      to: { path: src, pathNot: inFolder([...allowed, ...types]) },
    });
    if (types.length > 0) {
      rules.push({
        name: `${name}-${folder}-imports-types`,
        comment: `src/${folder} may import only types from ${types.join(', ')}`,
        severity: 'error',
        from: { path: inFolder([folder]), pathNot: tests },
        to: { path: inFolder(types), dependencyTypesNot: ['type-only'] },
      });
    }
  };
  for (const [index, row] of rows.entries()) {
    const lower = rows.slice(0, index).flat();
    for (const folder of row) restrict(folder, narrow[folder]?.imports ?? lower, narrow[folder]?.types);
  }

  if (platform) {
    restrict(platform.folder, platform.imports);
    rules.push({
      name: `${name}-platform-by-name`,
      comment: `src/${platform.folder} is imported as #platform only: the runtime chooses the file`,
      severity: 'error',
      from: { path: src, pathNot: anyOf([inFolder([platform.folder]), tests]) },
      to: { path: inFolder([platform.folder]), dependencyTypesNot: ['aliased-subpath-import'] },
    });
  }

  if (acyclicTypes) {
    rules.push({
      name: `${name}-no-type-cycles`,
      comment: 'imports point in one direction, those of types too: declare the few members that are used of an owner',
      severity: 'error',
      from: { path: src, pathNot: tests },
      to: { circular: true },
    });
  }

  rules.push(
    {
      name: `${name}-index-is-the-door`,
      comment: 'src/index.ts is for users; inside the package import the file itself',
      severity: 'error',
      from: { path: src, pathNot: tests },
      to: { path: `${src}index[.]ts$` },
    },
    {
      name: `${name}-node`,
      comment: `built-in modules of Node are used only in ${node.join(', ') || 'no file of this package'}`,
      severity: 'error',
      from: { path: src, pathNot: [tests, ...node.map((place) => `${src}${literal(place)}`)] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: `${name}-declared-packages`,
      comment: 'what the source imports is in `dependencies` of the package',
      severity: 'error',
      from: { path: src, pathNot: tests },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm-peer'] },
    },
    {
      name: `${name}-other-packages`,
      comment: 'packages of this repository enter each other by name, and only those they depend on',
      severity: 'error',
      from: { path: src, pathNot: tests },
      to: { path: ['^packages/', '^tools/', '^bench/'], pathNot: anyOf([src, ...dependenciesOf(name)]) },
    },
  );
  for (const [dependency, places] of Object.entries(external)) {
    rules.push({
      name: `${name}-${dependency}`,
      comment: `${dependency} is imported only in ${places.join(', ')}`,
      severity: 'error',
      from: { path: src, pathNot: [tests, ...places.map((place) => `${src}${literal(place)}`)] },
      to: { path: `node_modules/(?:@types/)?${dependency}/` },
    });
  }
  return rules;
}

/**
 * Entry points of the packages of this repository that a package depends on.
 *
 * @param {string} name
 */
function dependenciesOf(name) {
  const { dependencies = {} } = JSON.parse(readFileSync(`packages/${name}/package.json`, 'utf8'));
  return Object.keys(dependencies)
    .filter((dependency) => dependency.startsWith('@omnitron-dev/'))
    .flatMap((dependency) => entriesOf(dependency.slice('@omnitron-dev/'.length)));
}

/**
 * Source files of a package's entry points, by its manifest.
 *
 * @param {string} name
 */
function entriesOf(name) {
  const { exports } = JSON.parse(readFileSync(`packages/${name}/package.json`, 'utf8'));
  const targets = (/** @type {unknown} */ map) =>
    typeof map === 'string' ? [map] : Object.values(map ?? {}).flatMap(/** @type {(m: unknown) => string[]} */ (targets));
  return targets(exports)
    .filter((target) => target.startsWith('./src/'))
    .map((target) => `^packages/${name}/${literal(target.slice(2))}$`);
}

export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'values are imported in one direction; a cycle of types alone is harmless',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      comment: 'an import that cannot be resolved hides what is behind it',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    ...Object.entries(layers).flatMap(([name, table]) => (existsSync(`packages/${name}`) ? rulesOf(name, table) : [])),
  ],
  options: {
    tsPreCompilationDeps: true,
    exclude: { path: '/dist/' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@omnitron-dev/source', 'import', 'types'],
      extensions: ['.ts', '.tsx', '.js'],
    },
  },
};
