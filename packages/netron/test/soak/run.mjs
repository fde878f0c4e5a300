// Runs the soak test: `node packages/netron/test/soak/run.mjs --minutes 60 --rate 1000 --transport tcp`. Not part of the ordinary tests.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    rate: { type: 'string', default: '1000' },
    transport: { type: 'string', default: 'tcp' },
  },
});
const { transport, ...amounts } = values;
if (transport !== 'tcp' && transport !== 'websocket') {
  console.error(`--transport takes tcp or websocket, not ${transport}`);
  process.exit(2);
}
for (const [name, given] of Object.entries(amounts)) {
  if (Number(given) > 0) continue;
  console.error(`--${name} takes a number above 0, not ${given}`);
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'netron-soak-'));
const outfile = join(folder, 'soak.mjs');
await build({
  entryPoints: [join(import.meta.dirname, 'soak.ts')],
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  conditions: ['@omnitron-dev/source'],
  banner: { js: "import { createRequire as nodeRequire } from 'node:module'; const require = nodeRequire(import.meta.url);" },
  outfile,
  logLevel: 'error',
});
const child = spawn(process.execPath, ['--expose-gc', outfile, amounts.minutes, amounts.rate, transport], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill());
child.on('exit', (code) => {
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = code ?? 1;
});
