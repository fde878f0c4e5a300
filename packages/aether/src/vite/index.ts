import type { Plugin } from 'vite';
import { compile, compileNames } from './compile.js';
import type { Origin } from './components.js';
import { ModuleExports } from './exports.js';
import { mayHaveServices } from './keep-names.js';

/** JSX options of modules that are not compiled, and of Vite's dependency scan. */
const jsx = { runtime: 'automatic' as const, importSource: '@omnitron-dev/aether' };

/** The only dialect that Vite compiles; the other would reach browsers, which do not support it. */
const decorator = { legacy: true };

/**
 * Entries that compiled modules import but sources do not name: Vite would otherwise find them late, and reload the page.
 * Only for an installed package: Vite does not bundle linked ones, and a bundled part of one would be a second copy.
 */
const added = import.meta.url.includes('/node_modules/')
  ? ['hot', 'jsx-runtime', 'jsx-dev-runtime'].map((entry) => `@omnitron-dev/aether/${entry}`)
  : [];

const script = /\.[cm]?[jt]s$/;

/** Modules of the program itself, which are analyzed. */
const isOwn = (path: string): boolean => /\.[cm]?[jt]sx?$/.test(path) && !path.includes('/node_modules/');

/** Options of the plugin. */
export interface AetherOptions {
  /** Modules to compile. Default: `.tsx` and `.jsx`. */
  readonly include?: RegExp;
  /** Modules not to compile. Their JSX runs as it is. Default: none. */
  readonly exclude?: RegExp;
}

/**
 * Compiles the JSX of Aether's views: static parts become templates, and expressions are evaluated where they are shown. The
 * same views run without it, more slowly. It also compiles decorators in the legacy dialect, unless the project sets
 * `oxc.decorator` itself; with `oxc: false` they are left to another plugin. Service classes keep their names in builds.
 *
 * ```ts
 * // vite.config.ts
 * import { aether } from '@omnitron-dev/aether/vite';
 * export default { plugins: [aether()] };
 * ```
 *
 * @throws TypeError for an unknown option, and for one that is not a RegExp
 */
export function aether(options: AetherOptions = {}): Plugin {
  checkOptions(options);
  const { include = /\.[jt]sx$/, exclude } = options;
  let hot = false;
  let building = false;
  let modules: ModuleExports | undefined;
  return {
    name: 'aether',
    enforce: 'pre',
    // Vite merges this over the project's configuration.
    config: ({ oxc }) => ({
      oxc: oxc !== false && { jsx, decorator: oxc?.decorator ?? decorator },
      optimizeDeps: { include: added, rolldownOptions: { transform: { jsx } } },
    }),
    configResolved({ command, server }) {
      building = command === 'build';
      hot = command === 'serve' && server.hmr !== false && !process.env.VITEST;
    },
    buildStart() {
      // In another build, they may have other exports.
      if (!building || this.environment.config.consumer === 'server') return;
      modules = new ModuleExports({
        resolve: async (source, importer) => {
          const found = await this.resolve(source, importer);
          return found !== null && !found.external && isOwn(found.id) ? found.id : undefined;
        },
        read: (path) => this.fs.readFile(path, { encoding: 'utf8' }),
      });
    },
    async transform(code, id) {
      const path = id.replace(/[?#].*$/, '');
      const names = building && mayHaveServices(code, path);
      if (!include.test(path) || exclude?.test(path)) return names && script.test(path) ? compileNames(code, path) : undefined;
      const server = this.environment.config.consumer === 'server';
      const exports = server ? undefined : modules;
      const isComponent = exports && ((origin: Origin, suffix: string) => exports.isComponent(origin, path, suffix));
      return compile(code, path, { hot: hot && !server, server, names, isComponent });
    },
  };
}

function checkOptions(options: AetherOptions): void {
  for (const [name, value] of Object.entries(options)) {
    if (name !== 'include' && name !== 'exclude')
      throw new TypeError(`aether: unknown option '${name}'; known: include, exclude`);
    if (value !== undefined && !(value instanceof RegExp))
      throw new TypeError(`aether: ${name} must be a RegExp, not ${String(value)}`);
  }
}
