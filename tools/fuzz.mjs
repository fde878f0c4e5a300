// Feeds the decoders and connections with hostile input. `npm run fuzz` tries a million inputs per transport;
// `npm run fuzz -- --runs 20000 --seed 7` fewer, from a seed. The tests read FUZZ_RUNS and FUZZ_SEED.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packages } from './lib/packages.mjs';
import { writeCounts } from './lib/report.mjs';
import { root } from './lib/root.mjs';
import { vitest } from './lib/vitest.mjs';

const { values, positionals } = parseArgs({
  options: { runs: { type: 'string', default: '1000000' }, seed: { type: 'string' } },
  allowPositionals: true,
});
const runs = Number(values.runs);
if (!Number.isSafeInteger(runs) || runs < 1) {
  console.error(`--runs must be a positive integer, not ${values.runs}`);
  process.exit(2);
}

let passed = 0;
let failed = 0;
let suites = 0;
for (const { folder } of packages) {
  const place = `packages/${folder}/test/fuzz`;
  if (!existsSync(join(root, place))) continue;
  if (!readdirSync(join(root, place), { recursive: true, encoding: 'utf8' }).some((file) => file.endsWith('.fuzz.test.ts')))
    continue;
  suites += 1;
  const filters = positionals.length > 0 ? positionals : [place];
  const counts = await vitest(`fuzz-${folder}`, ['--project', folder, ...filters, `--testTimeout=${6 * 3_600_000}`], {
    env: { FUZZ_RUNS: String(runs), ...(values.seed === undefined ? {} : { FUZZ_SEED: values.seed }) },
    show: true,
    timeoutMs: 6 * 3_600_000,
  });
  passed += counts.passed;
  failed += counts.failed;
  if (counts.code !== 0) process.exitCode = 1;
}
if (suites === 0) {
  console.error('no fuzz tests found: packages/*/test/fuzz/*.fuzz.test.ts');
  process.exitCode = 1;
}
writeCounts('fuzz', { passed, failed });
console.log(`${runs} inputs per transport: ${passed} passed, ${failed} failed`);
