import { availableParallelism } from 'node:os';

/**
 * @typedef {object} Check
 * @property {string} name
 * @property {() => Promise<{ code: number, output: string }>} run never rejects
 */

/**
 * Runs checks one after the other, all of them, so that one look shows everything there is to repair. Prints a line for
 * each, with the output of those that failed.
 *
 * @param {readonly Check[]} checks
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function runChecks(checks) {
  let failed = 0;
  for (const { name, run } of checks) {
    const start = performance.now();
    const { code, output } = await run();
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
    if (code === 0) continue;
    failed += 1;
    console.log(output.trimEnd().replace(/^/gm, '       '));
  }
  if (failed > 0) {
    console.log(`${failed} of ${checks.length} checks failed`);
    process.exitCode = 1;
  }
  return { passed: checks.length - failed, failed };
}

/**
 * Runs groups of checks at the same time. The checks of a group run one after the other.
 *
 * @param {readonly (readonly Check[])[]} groups
 * @param {number} [workers] groups at a time; default: as many as there are cores
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function runGroups(groups, workers = availableParallelism()) {
  const total = { passed: 0, failed: 0 };
  const waiting = [...groups];
  const work = async () => {
    for (let group = waiting.shift(); group !== undefined; group = waiting.shift()) {
      const { passed, failed } = await runChecks(group);
      total.passed += passed;
      total.failed += failed;
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return total;
}
