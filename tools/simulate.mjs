// Runs the scenarios of simulated clusters from many seeds: `npm run simulate -- --runs 10000` (of each scenario), and
// `--seed 7` for the first one; what follows is a filter: `npm run simulate -- --runs 1000 streams`. A failure prints its
// seed and the fewest faults with which it happens. The tests read SIMULATE_RUNS and SIMULATE_SEED.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packages } from './lib/packages.mjs';
import { root } from './lib/root.mjs';
import { vitest } from './lib/vitest.mjs';

const { values, positionals } = parseArgs({
  options: { runs: { type: 'string', default: '1000' }, seed: { type: 'string', default: '1' } },
  allowPositionals: true,
});
for (const [name, value] of Object.entries(values)) {
  if (Number.isSafeInteger(Number(value)) && Number(value) >= 1) continue;
  console.error(`--${name} takes a whole number above 0, not ${value}`);
  process.exit(2);
}

const day = 24 * 3_600_000;
for (const { folder } of packages) {
  const place = `packages/${folder}/test/simulation`;
  if (!existsSync(join(root, place))) continue;
  const filter = positionals.length > 0 ? ['--testNamePattern', positionals.join('|')] : [];
  const args = ['--project', folder, `${place}/simulation`, `--testTimeout=${day}`, ...filter];
  const env = { SIMULATE_RUNS: values.runs, SIMULATE_SEED: values.seed };
  const { code, passed, failed } = await vitest(`simulate-${folder}`, args, { env, show: true, timeoutMs: day });
  console.log(`${values.runs} seeds from ${values.seed}, ${folder}: ${passed} scenarios passed, ${failed} failed`);
  if (code !== 0 || passed + failed === 0) process.exitCode = 1;
}
