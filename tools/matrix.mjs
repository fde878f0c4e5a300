// Runs the tests that name no runtime under every runtime: `npm run matrix`, or `node tools/matrix.mjs bun node24`.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeCounts } from './lib/report.mjs';
import { root } from './lib/root.mjs';
import { install, runtimes } from './lib/runtimes.mjs';
import { vitest } from './lib/vitest.mjs';

/** Tests of what talks to the runtime: sockets, HTTP, streams, compression, values such as dates, processes and their signals. */
const touching = [
  'packages/netron/src/compression/',
  'packages/netron/src/http/',
  'packages/netron/src/transport/',
  ...['oracle', 'packets', 'value-types', 'values', 'vectors'].map((name) => `packages/netron/src/wire/${name}.test.ts`),
  'packages/netron/test/contract/',
  // Node's parser, and what it hands over of offers of other protocols, differ from version to version.
  ...['http/hostile', 'http/option', 'transport/shared-port'].map((name) => `packages/netron/test/${name}.node.test.ts`),
  'packages/aether/test/server/',
  'packages/titan/test/app/',
];

/**
 * What runs in the newest of each kind. Tests named `*.node.test.ts` are for Node only, see matrix.vitest.config.ts. Compilers, bundlers
 * and documents are the same everywhere: the test steps have them.
 */
const whole = [
  ...touching,
  'packages/netron/src/',
  'packages/aether/src/',
  'packages/aether/test/model.test.ts',
  'packages/nexus/src/',
  'packages/nexus/test/standard/',
  ...['container', 'copies.node', 'legacy', 'model', 'work'].map((name) => `packages/nexus/test/${name}.test.ts`),
  'packages/titan/src/',
  ...['config', 'guard', 'logger', 'security', 'service', 'standard', 'topology'].map((name) => `packages/titan/test/${name}/`),
];

/** Where the test step has run it in Node already, and one Node is like another to it. */
const foreign = ['src/', 'test/peer.test.ts', 'test/query.test.ts'].map((path) => `packages/netron-browser/${path}`);

/** The oldest Node has all tests by tools/verify.mjs, the newest has what it may change, and those between lie between. */
const [oldest, newest] = ['node20', 'node26'];

/** @param {import('./lib/runtimes.mjs').Runtime} runtime */
function pathsOf({ name, kind }) {
  if (kind !== 'node') return [...whole, ...foreign];
  return name === oldest || name === newest ? whole : touching;
}

// The runner takes a path that leads nowhere for one that has no tests.
const nowhere = [...whole, ...foreign].filter((path) => !existsSync(join(root, path)));
if (nowhere.length > 0) {
  console.error(`missing paths: ${nowhere.join(', ')}`);
  process.exit(2);
}

const chosen = process.argv.slice(2);
const selected = chosen.length === 0 ? runtimes : runtimes.filter(({ name }) => chosen.includes(name));
const unknown = chosen.filter((name) => !runtimes.some((runtime) => runtime.name === name));
if (unknown.length > 0) {
  console.error(`unknown runtime: ${unknown.join(', ')}; known: ${runtimes.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const total = { passed: 0, failed: 0, skipped: 0 };
let broken = false;

/**
 * Runs the tests in a runtime.
 *
 * @param {import('./lib/runtimes.mjs').Runtime} runtime
 * @returns {Promise<string[][]>} lines of the table
 */
async function runIn(runtime) {
  const { name, version } = runtime;
  const found = await install(runtime);
  if ('missing' in found) {
    console.error(`${name}: ${found.missing}`);
    if (!found.elsewhere) broken = true;
    return [[name, version, found.elsewhere ? 'skipped' : 'missing', '-', '-', '-', '-']];
  }
  const start = performance.now();
  const projects = ['aether', 'netron', 'netron-browser', 'nexus', 'titan'].flatMap((each) => [each, `${each}-shared`]);
  const counts = await vitest(
    `matrix-${name}`,
    // Files share the modules that they load: each has had a process of its own where all tests run, see verify.mjs.
    [
      ...['--config', 'tools/verify.vitest.config.ts', '--no-isolate', '--maxWorkers', '50%'],
      ...projects.flatMap((project) => ['--project', project]),
      ...pathsOf(runtime),
    ],
    { runtime: found.command, timeoutMs: 40 * 60_000 },
  );
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
  if (counts.code !== 0) {
    broken = true;
    console.error(`${name}:\n${counts.output.trimEnd().replace(/^/gm, '  ')}\n`);
  }
  return [...counts.packages, /** @type {const} */ (['all', counts])].map(([of, { passed, failed, skipped }]) => [
    ...[name, version, of, ...[passed, failed, skipped].map(String)],
    of === 'all' ? seconds : '',
  ]);
}

/** Runtimes at a time, each with half of the cores: what starts and what waits leaves its half to the others. */
const atOnce = 3;
/** @type {Map<string, string[][]>} */
const lines = new Map();
const waiting = selected.toSorted((a, b) => pathsOf(b).length - pathsOf(a).length);
const work = async () => {
  for (let runtime = waiting.shift(); runtime !== undefined; runtime = waiting.shift())
    lines.set(runtime.name, await runIn(runtime));
};
await Promise.all(Array.from({ length: atOnce }, work));
const table = [['runtime', 'version', 'package', 'passed', 'failed', 'skipped', 'seconds']];
for (const { name } of selected) table.push(...(lines.get(name) ?? []));

const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
for (const row of table) {
  const cells = row.map((cell, column) => (column < 3 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)));
  console.log(cells.join('  '));
}
writeCounts('matrix', total);
if (broken) process.exitCode = 1;
