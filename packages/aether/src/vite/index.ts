import type { Plugin } from 'vite';
import { compile, compileNames } from './compile.js';
import type { Origin } from './components.js';
import { ModuleExports } from './exports.js';
import { mayHaveServices } from './keep-names.js';

/** JSX of modules that are not compiled, and where Vite looks for dependencies. */
const jsx = { runtime: 'automatic' as const, importSource: '@omnitron-dev/aether' };

/** Of both dialects, Vite compiles this one only; the other would reach browsers, none of which reads it. */
const decorator = { legacy: true };

/**
 * Entries that compiled modules import and sources do not name: without them Vite would find them late, and load the page
 * again. Only of an installed package: Vite takes linked ones as they are, and a bundled part of one would be a second copy.
 */
const added = import.meta.url.includes('/node_modules/')
  ? ['hot', 'jsx-runtime', 'jsx-dev-runtime'].map((entry) => `@omnitron-dev/aether/${entry}`)
  : [];

const script = /\.[cm]?[jt]s$/;

/** Modules of the program itself, which are looked into. */
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
 */
export function aether({ include = /\.[jt]sx$/, exclude }: AetherOptions = {}): Plugin {
  let hot = false;
  let building = false;
  let modules: ModuleExports | undefined;
  return {
    name: 'aether',
    enforce: 'pre',
    // Vite merges this over what the project says.
    config: ({ oxc }) => ({
      oxc: oxc !== false && { jsx, decorator: oxc?.decorator ?? decorator },
      optimizeDeps: { include: added, rolldownOptions: { transform: { jsx } } },
    }),
    configResolved({ command, server }) {
      building = command === 'build';
      hot = command === 'serve' && server.hmr !== false && !process.env['VITEST'];
    },
    buildStart() {
      // Built again, they may export something else.
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
