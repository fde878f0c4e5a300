import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from './root.mjs';
import { run, tools } from './run.mjs';

/**
 * @typedef {object} Counts
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 */

/**
 * @typedef {object} VitestOptions
 * @property {readonly string[]} [runtime] program and arguments that run JavaScript; default: the Node that runs us
 * @property {Record<string, string>} [env]
 * @property {boolean} [show] let the runner write to our own output; default: collect it
 * @property {number} [timeoutMs]
 */

/**
 * Runs tests and counts them by the runner's JSON report.
 *
 * @param {string} name of the run; names the report's file
 * @param {readonly string[]} args arguments of `vitest run`
 * @param {VitestOptions} [options]
 * @returns {Promise<Counts & { code: number, output: string, packages: ReadonlyMap<string, Counts> }>} `code` is not 0 also when nothing
 *   was collected; `packages`: the counts of each package's files
 */
export async function vitest(name, args, { runtime = [process.execPath], env = {}, show = false, timeoutMs } = {}) {
  const report = join(root, 'coverage', 'reports', `${name.replace(/[^\w.-]+/g, '-')}.json`);
  rmSync(report, { force: true });
  const [program = process.execPath, ...before] = runtime;
  const repeated = join(root, 'tools/repeated-reporter.mjs');
  const reporters = ['default', 'json', repeated].map((reporter) => `--reporter=${reporter}`);
  const command = [...before, join(root, tools.vitest), 'run', ...args, ...reporters, `--outputFile.json=${report}`];
  const { code, output } = await run(program, command, {
    env: { ...env, NO_COLOR: '1' },
    show,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  if (!existsSync(report)) return { code: code || 1, output, passed: 0, failed: 0, skipped: 0, packages: new Map() };
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numTotalTests, testResults } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  return {
    code: numTotalTests === 0 ? code || 1 : code,
    output: numTotalTests === 0 ? `${output}\n${name}: no tests were collected\n` : output,
    passed: numPassedTests,
    failed: numFailedTests,
    skipped: numPendingTests + numTodoTests,
    packages: byPackage(testResults),
  };
}

/**
 * @param {readonly { name: string, assertionResults: readonly { status: string }[] }[]} files of the report
 * @returns {Map<string, Counts>}
 */
function byPackage(files) {
  const packages = new Map();
  for (const { name, assertionResults } of [...files].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const folder = relative(join(root, 'packages'), name).split(/[\\/]/)[0];
    const counts = packages.get(folder) ?? { passed: 0, failed: 0, skipped: 0 };
    packages.set(folder, counts);
    for (const { status } of assertionResults) counts[status === 'passed' || status === 'failed' ? status : 'skipped'] += 1;
  }
  return packages;
}
