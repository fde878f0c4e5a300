/** Builds the program of every contender for Node. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { aether } from '@omnitron-dev/aether/vite';
import vue from '@vitejs/plugin-vue';
import { build } from 'vite';
import solid from 'vite-plugin-solid';
import { here } from '../harness/install.mjs';

const programs = {
  aether: { entry: 'aether.jsx', plugins: () => [aether()] },
  solid: { entry: 'solid.jsx', plugins: () => [solid({ ssr: true, hot: false })] },
  vue: { entry: 'vue.js', plugins: () => [vue()] },
};

export const contenders = Object.keys(programs);

export const folder = join(here, '.pages', 'server');

export async function buildPrograms() {
  rmSync(folder, { recursive: true, force: true });
  for (const [name, { entry, plugins }] of Object.entries(programs)) {
    await build({
      root: join(here, 'server'),
      configFile: false,
      logLevel: 'warn',
      plugins: plugins(),
      define: { 'process.env.NODE_ENV': '"production"' },
      build: {
        ssr: join(here, 'server/contenders', entry),
        outDir: folder,
        emptyOutDir: false,
        target: 'node20',
        rolldownOptions: { output: { entryFileNames: `${name}.mjs` } },
      },
    });
  }
}
