/** Builds the page of every contender as it would be published. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { aether } from '@omnitron-dev/aether/vite';
import vue from '@vitejs/plugin-vue';
import { build } from 'vite';
import solid from 'vite-plugin-solid';
import { here } from '../harness/install.mjs';

const jsx = (importSource) => ({ runtime: 'automatic', importSource });

/** Contenders: entry and what compiles it. */
const pages = {
  plain: { entry: 'plain.js' },
  aether: { entry: 'aether.jsx', plugins: () => [aether()] },
  'aether, no compiler': { entry: 'aether.jsx', oxc: { jsx: jsx('@omnitron-dev/aether') } },
  solid: { entry: 'solid.jsx', plugins: () => [solid({ hot: false })] },
  'vue vapor': { entry: 'vue-vapor.js', plugins: () => [vue()] },
  preact: { entry: 'preact.jsx', oxc: { jsx: jsx('preact') } },
};

export const contenders = Object.keys(pages);

/** Returns the folder with a script per contender, `<index>.js`. */
export async function buildPages() {
  const outDir = join(here, '.pages', 'rows');
  rmSync(outDir, { recursive: true, force: true });
  mkdirSync(outDir, { recursive: true });
  for (const [index, { entry, plugins = () => [], oxc = {} }] of Object.values(pages).entries()) {
    await build({
      root: join(here, 'rows'),
      configFile: false,
      logLevel: 'warn',
      plugins: plugins(),
      oxc,
      define: { 'process.env.NODE_ENV': '"production"' },
      build: {
        outDir,
        emptyOutDir: false,
        target: 'es2022',
        modulePreload: false,
        rolldownOptions: { input: join(here, 'rows/contenders', entry), output: { entryFileNames: `${index}.js` } },
      },
    });
  }
  return outDir;
}
