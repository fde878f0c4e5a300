// Judges what only a clock or a long run can show: latencies, resident memory, and an hour of calls. A release needs it.
// `npm run soak`; `npm run soak -- --minutes 5 --rate 200` for less of the last part. The machine must do nothing else.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packages } from './lib/packages.mjs';
import { root } from './lib/root.mjs';
import { node } from './lib/run.mjs';
import { vitest } from './lib/vitest.mjs';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '60' }, rate: { type: 'string', default: '1000' } },
});
const minutes = Number(values.minutes);
if (!(minutes > 0) || !(Number(values.rate) > 0)) {
  console.error('--minutes and --rate must be positive numbers');
  process.exit(2);
}

const hour = 3_600_000;
const { code, passed, failed } = await vitest('soak', ['--config', 'tools/soak.vitest.config.ts'], {
  show: true,
  timeoutMs: hour,
});
console.log(`${passed} passed, ${failed} failed`);
if (code !== 0) process.exitCode = 1;

for (const { folder } of packages) {
  const place = `packages/${folder}/test/soak`;
  if (!existsSync(join(root, place)) || !readdirSync(join(root, place)).includes('run.mjs')) continue;
  for (const transport of ['tcp', 'websocket']) {
    console.log(`\n── ${folder}: ${minutes} minutes over ${transport}`);
    const args = ['--minutes', String(minutes), '--rate', values.rate, '--transport', transport];
    const run = await node(`${place}/run.mjs`, args, { show: true, timeoutMs: minutes * 60_000 + hour });
    if (run.code !== 0) process.exitCode = 1;
  }
}
