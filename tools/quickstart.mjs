// The main job, from a fresh clone: `npm run quickstart` installs what is missing, builds and runs examples/market;
// `npm run quickstart -- --smoke` moves a smaller file. Uses nothing but Node until the dependencies are there.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/root.mjs';
import { npm, tool } from './lib/run.mjs';

const args = process.argv.slice(2);
if (args.some((arg) => arg !== '--smoke')) {
  console.error('usage: npm run quickstart [-- --smoke]');
  process.exit(2);
}

/** @type {(name: string, step: () => Promise<{ code: number }>) => Promise<void>} */
async function prepare(name, step) {
  const start = performance.now();
  const { code } = await step();
  if (code !== 0) {
    console.error(`${name} failed`);
    process.exit(1);
  }
  console.log(`${name}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

if (!existsSync(join(root, 'node_modules/.package-lock.json'))) {
  await prepare('install', () => npm(['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund'], { show: true }));
}
await prepare('build', () => tool('tsc', ['-b', 'examples/market'], { show: true }));
console.log();

// In our own process group, so that Ctrl-C reaches all of them. From here on the program ends its children and removes
// its files; we wait for that.
const program = spawn(process.execPath, [join(root, 'examples/market/dist/coordinator.js'), ...args], { stdio: 'inherit' });
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.removeAllListeners(signal);
  process.on(signal, () => program.kill(signal));
}
program.once('close', (code) => process.exit(code ?? 1));
