// Builds the extension for the tools of Chrome into `build/aether-extension`, to be loaded there or packed:
// `npm run build:extension`; `npm run build:extension -- folder` builds elsewhere.
import { cpSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { root } from './lib/root.mjs';

const source = join(root, 'packages/aether/extension');
const target = resolve(process.argv[2] ?? join(root, 'build/aether-extension'));

rmSync(target, { recursive: true, force: true });
for (const file of ['manifest.json', 'devtools.html', 'devtools.js', 'panel.html'])
  cpSync(join(source, file), join(target, file), { recursive: true });
await build({
  entryPoints: [join(source, 'panel.ts')],
  outfile: join(target, 'panel.js'),
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  target: 'chrome120',
  conditions: ['@omnitron-dev/source'],
});
console.log(target);
