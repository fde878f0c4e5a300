// Records the conversations anew: `node packages/netron/test/vectors/record.mjs [transport…]`. Do so for what is new only: those that are there
// stand for versions that are in use.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const folder = mkdtempSync(join(tmpdir(), 'netron-record-'));
const outfile = join(folder, 'record.mjs');
await build({
  entryPoints: [join(import.meta.dirname, 'programs', 'record.ts')],
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  conditions: ['@omnitron-dev/source'],
  banner: { js: "import { createRequire as nodeRequire } from 'node:module'; const require = nodeRequire(import.meta.url);" },
  outfile,
  logLevel: 'error',
});
const target = process.env.CONVERSATIONS ?? import.meta.dirname;
const { status } = spawnSync(process.execPath, [outfile, target, ...process.argv.slice(2)], { stdio: 'inherit' });
rmSync(folder, { recursive: true, force: true });
process.exitCode = status ?? 1;
