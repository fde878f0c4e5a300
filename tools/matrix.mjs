// Runs the tests that name no runtime under every runtime: `npm run matrix`, or `node tools/matrix.mjs bun node24`.
import { writeCounts } from './lib/report.mjs';
import { install, runtimes } from './lib/runtimes.mjs';
import { vitest } from './lib/vitest.mjs';

/**
 * What runs everywhere: a project of vitest.config.ts, and the folders of it that are meant. Tests named
 * `*.node.test.ts` are for Node only, see matrix.vitest.config.ts.
 *
 * @type {readonly { project: string, paths: readonly string[], kinds?: readonly string[] }[]} `kinds`: those of runtimes, where the test
 *   step has run it in Node already and one Node is like another to it
 */
const suites = [
  { project: 'nexus', paths: [] },
  { project: 'aether', paths: ['packages/aether/src/', 'packages/aether/test/server/', 'packages/aether/test/model.test.ts'] },
  { project: 'titan', paths: [] },
  { project: 'netron', paths: ['packages/netron/src/', 'packages/netron/test/contract/'] },
  {
    project: 'netron-browser',
    paths: [
      'packages/netron-browser/src/',
      'packages/netron-browser/test/peer.test.ts',
      'packages/netron-browser/test/query.test.ts',
    ],
    kinds: ['bun', 'deno'],
  },
];

const chosen = process.argv.slice(2);
const selected = chosen.length === 0 ? runtimes : runtimes.filter(({ name }) => chosen.includes(name));
const unknown = chosen.filter((name) => !runtimes.some((runtime) => runtime.name === name));
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(', ')}. Known: ${runtimes.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

/** @type {string[][]} */
const table = [['runtime', 'version', 'suite', 'passed', 'failed', 'skipped', 'seconds']];
const total = { passed: 0, failed: 0, skipped: 0 };
let broken = false;
for (const runtime of selected) {
  const { name, version } = runtime;
  const found = await install(runtime);
  if ('missing' in found) {
    console.error(`${name}: ${found.missing}`);
    table.push([name, version, found.elsewhere ? 'left out' : 'missing', '-', '-', '-', '-']);
    if (!found.elsewhere) broken = true;
    continue;
  }
  for (const { project, paths, kinds } of suites) {
    if (kinds !== undefined && !kinds.includes(runtime.kind)) continue;
    const start = performance.now();
    const counts = await vitest(
      `matrix-${name}-${project}`,
      // Files share the modules that they load: each has had a process of its own where all tests run, see verify.mjs.
      ['--config', 'tools/matrix.vitest.config.ts', '--no-isolate', '--project', project, ...paths],
      { runtime: found.command, timeoutMs: 20 * 60_000 },
    );
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    table.push([name, version, project, ...[counts.passed, counts.failed, counts.skipped].map(String), seconds]);
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
    if (counts.code === 0) continue;
    broken = true;
    console.error(`${name}, ${project}:\n${counts.output.trimEnd().replace(/^/gm, '  ')}\n`);
  }
}

const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
for (const row of table) {
  const cells = row.map((cell, column) => (column < 3 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)));
  console.log(cells.join('  '));
}
writeCounts('matrix', total);
if (broken) process.exitCode = 1;
