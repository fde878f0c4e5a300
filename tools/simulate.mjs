// Runs the scenarios of simulated clusters from many seeds: `npm run simulate -- --runs 10000` (of each scenario), and
// `--seed 7` for the first one; what follows is a filter: `npm run simulate -- --runs 1000 streams`. A failure prints its
// seed and the fewest faults with which it happens. The seeds are shared by as many processes as there are processors. The tests read
// SIMULATE_RUNS and SIMULATE_SEED.
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
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
  console.error(`--${name} must be a positive integer, not ${value}`);
  process.exit(2);
}

const day = 24 * 3_600_000;
for (const { folder } of packages) {
  const place = `packages/${folder}/test/simulation`;
  if (!existsSync(join(root, place))) continue;
  const filter = positionals.length > 0 ? ['--testNamePattern', positionals.join('|')] : [];
  const args = ['--project', folder, `${place}/simulation`, `--testTimeout=${day}`, ...filter];
  const share = Math.ceil(Number(values.runs) / availableParallelism());
  const ended = [];
  for (let done = 0; done < Number(values.runs); done += share) {
    const [runs, seed] = [Math.min(share, Number(values.runs) - done), Number(values.seed) + done];
    const env = { SIMULATE_RUNS: String(runs), SIMULATE_SEED: String(seed) };
    const ending = vitest(`simulate-${folder}-${seed}`, args, { env, show: true, timeoutMs: day });
    ended.push(ending.then((counts) => ({ ...counts, runs, seed })));
  }
  for (const { code, passed, failed, runs, seed } of await Promise.all(ended)) {
    console.log(`${runs} seeds from ${seed}, ${folder}: ${passed} scenarios passed, ${failed} failed`);
    if (code !== 0 || passed + failed === 0) process.exitCode = 1;
  }
}
