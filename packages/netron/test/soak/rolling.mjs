// Rolling restarts under load: `npm run rolling`, `npm run rolling -- --restarts 12 --rate 500`. Not part of the ordinary tests.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const { values } = parseArgs({
  options: {
    restarts: { type: 'string', default: '100' },
    rate: { type: 'string', default: '2000' },
    streams: { type: 'string', default: '50' },
    subscriptions: { type: 'string', default: '50' },
  },
});
for (const [name, given] of Object.entries(values)) {
  if (Number(given) >= 0) continue;
  console.error(`--${name} takes a number, not ${given}`);
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'netron-rolling-'));
await build({
  entryPoints: ['rolling.ts', 'rolling-node.ts'].map((file) => join(import.meta.dirname, file)),
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  conditions: ['@omnitron-dev/source'],
  banner: { js: "import { createRequire as nodeRequire } from 'node:module'; const require = nodeRequire(import.meta.url);" },
  outdir: folder,
  outExtension: { '.js': '.mjs' },
  logLevel: 'error',
});
const { restarts, rate, streams, subscriptions } = values;
const args = [join(folder, 'rolling.mjs'), join(folder, 'rolling-node.mjs'), restarts, rate, streams, subscriptions];
const child = spawn(process.execPath, args, { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill());
child.on('exit', (code) => {
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = code ?? 1;
});
