// Everything, from a fresh clone: `npm run verify`; or some steps by name: `npm run verify -- lint types`. Stops at the
// first step that fails. The last line is the sum of all
// tests and package checks, `N passed, N failed`. Uses nothing but Node until the dependencies are there.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { packages } from './lib/packages.mjs';
import { forgetCounts, readCounts } from './lib/report.mjs';
import { root } from './lib/root.mjs';
import { node, npm, tool } from './lib/run.mjs';
import { isPresent, runtimes } from './lib/runtimes.mjs';
import { vitest } from './lib/vitest.mjs';

/** Inputs of each fuzz test: there are two of hostile servers, with 20,000 messages together. */
const fuzzRuns = 10_000;
/** Milliseconds that a step may take: only one that hangs takes so long, also on a busy machine. */
const longest = 45 * 60_000;

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */
/** @typedef {{ name: string, run: () => Promise<{ code: number, counts?: Counts | undefined }> }} Step */

/**
 * A script of this folder that leaves its counts under a name.
 *
 * @param {string} script
 * @param {readonly string[]} args
 * @param {string} [counted]
 */
async function script(script, args, counted) {
  if (counted !== undefined) forgetCounts(counted);
  const { code } = await node(`tools/${script}.mjs`, args, { show: true, timeoutMs: longest });
  const counts = counted === undefined ? undefined : readCounts(counted);
  return { code: counted !== undefined && !counts ? code || 1 : code, counts };
}

/**
 * @param {string} name
 * @param {readonly string[]} projects of the tests
 * @param {string} [config]
 */
async function tests(name, projects, config = 'tools/verify.vitest.config.ts') {
  const args = ['--config', config, ...projects.flatMap((project) => ['--project', project])];
  // Many files wait for programs that they start, for sockets, or for what only time can show. Pages compute.
  if (name !== 'browser') args.push('--maxWorkers', String(availableParallelism() + 2));
  const { code, packages: each, ...counts } = await vitest(name, args, { show: true, timeoutMs: longest });
  if (each.size > 1)
    for (const [folder, { passed, failed }] of each) console.log(`${folder.padEnd(18)} ${passed} passed, ${failed} failed`);
  return { code, counts };
}

/** Packages whose tests take long enough for a step of their own: starting the runner takes longer than what some of the others test. */
const large = ['aether', 'netron', 'titan'];
const small = packages.map(({ folder }) => folder).filter((folder) => !large.includes(folder));
/** @type {(folder: string) => string[]} see verify.vitest.config.ts */
const projectsOf = (folder) => [folder, `${folder}-shared`];

/** @type {Step[]} */
const all = [
  ...(installed()
    ? []
    : [
        {
          name: 'install',
          run: () => npm(['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund'], { show: true }),
        },
      ]),
  { name: 'system packages', run: () => script('system', []) },
  { name: 'lint', run: () => script('lint', []) },
  { name: 'types', run: () => script('typecheck', []) },
  { name: 'build', run: () => tool('tsc', ['-b'], { show: true }) },
  ...large.map((folder) => ({ name: `tests: ${folder}`, run: () => tests(folder, projectsOf(folder)) })),
  { name: 'tests: others', run: () => tests('others', small.flatMap(projectsOf)) },
  { name: 'tests: browser', run: () => tests('browser', ['browser', 'aether-compiled', 'browser-compiled']) },
  { name: 'tests: tools', run: () => tests('tools', [], 'tools/vitest.config.ts') },
  { name: 'fuzz', run: () => script('fuzz', ['--runs', String(fuzzRuns)], 'fuzz') },
  // The runtime that runs this has had all tests already.
  {
    name: 'runtimes',
    run: () => {
      const others = runtimes.filter((runtime) => !isPresent(runtime));
      return script(
        'matrix',
        others.map(({ name }) => name),
        'matrix',
      );
    },
  },
  { name: 'packages', run: () => script('check-packages', [], 'packages') },
  { name: 'quickstart', run: () => script('quickstart', ['--smoke']) },
];

/** Whether node_modules holds what the lock says. */
function installed() {
  const present = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(present)) return false;
  const read = (/** @type {string} */ path) => JSON.parse(readFileSync(path, 'utf8')).packages;
  const have = read(present);
  return Object.entries(read(join(root, 'package-lock.json'))).every(
    ([path, { version, optional, link, peer }]) =>
      !path.startsWith('node_modules/') || optional || link || (peer && !have[path]) || have[path]?.version === version,
  );
}

const [major = 0, minor = 0, patch = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && (minor < 19 || (minor === 19 && patch < 1)))) {
  console.error(`Node 20.19.1 or newer is required; this is ${process.versions.node}`);
  process.exit(1);
}

const chosen = process.argv.slice(2);
const steps = chosen.length === 0 ? all : all.filter(({ name }) => chosen.includes(name));
if (steps.length < chosen.length) {
  console.error(`unknown step; known: ${all.map(({ name }) => `"${name}"`).join(', ')}`);
  process.exit(2);
}

// What the tests of an earlier run have compiled, see matrix.vitest.config.ts.
rmSync(join(root, '.cache/vitest'), { recursive: true, force: true });

const seconds = (/** @type {number} */ from) => ((performance.now() - from) / 1000).toFixed(1);
const begin = performance.now();
/** @type {string[]} */
const summary = [];
const total = { passed: 0, failed: 0 };
for (const { name, run } of steps) {
  console.log(`\n── ${name}`);
  const start = performance.now();
  const { code, counts } = await run();
  total.passed += counts?.passed ?? 0;
  total.failed += counts?.failed ?? 0;
  const skipped = counts?.skipped ? `, ${counts.skipped} skipped` : '';
  const numbers = counts ? `  ${counts.passed} passed, ${counts.failed} failed${skipped}` : '';
  summary.push(`${code === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(18)} ${seconds(start).padStart(7)} s${numbers}`);
  console.log(summary.at(-1));
  if (code === 0) continue;
  // A step may fail without a failed test: the sum must not read as success.
  if (!counts?.failed) total.failed += 1;
  process.exitCode = 1;
  break;
}

console.log(`\n${summary.join('\n')}\n       ${'all'.padEnd(18)} ${seconds(begin).padStart(7)} s`);
if (process.exitCode) console.log(`${steps.length - summary.length} steps were not run`);
console.log(`${total.passed} passed, ${total.failed} failed`);
