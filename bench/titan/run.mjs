/**
 * `node bench/titan/run.mjs [--only start,calls,local,replicas,compiler] [--rounds 7] [--seconds 1] [--no-build]`: measures the framework beside
 * the bare core, NestJS and Moleculer; installs what is missing. Interleaved rounds, medians, ratios, of the clock and of CPU time. Packages are
 * measured as they are published. A run of everything writes `results.md`, `results.json` and the
 * tables in the README of titan.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeReadme } from '../harness/readme.mjs';
import { install } from './install.mjs';
import { report } from './report.mjs';
import { interleaved } from './rounds.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '1' },
    build: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const options = { rounds: Number(values.rounds), seconds: Number(values.seconds) };
install(values.build);

const parts = {
  start: () => interleaved(options.rounds, ['titan', 'nestjs'], async (name) => start(name)),
  calls: async () => (await import('./calls.mjs')).measureCalls(options),
  local: async () => (await import('./local.mjs')).measureLocal(options),
  replicas: async () => (await import('./replicas.mjs')).measureReplicas(options),
  compiler: async () => (await import('./compiler.mjs')).measureCompiler(),
};
const names = values.only?.split(',') ?? Object.keys(parts);
const unknown = names.find((name) => !Object.hasOwn(parts, name));
if (unknown !== undefined) throw new Error(`no part '${unknown}'; there are ${Object.keys(parts).join(', ')}`);

/** Starts the application of 100 modules in a process of its own. @param {string} name */
function start(name) {
  const began = performance.now();
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--expose-gc', join(here, 'start.mjs'), name], {
    encoding: 'utf8',
  });
  const wholeMs = performance.now() - began;
  if (status !== 0) throw new Error(stderr);
  return { ...JSON.parse(stdout.trim().split('\n').at(-1) ?? ''), wholeMs };
}

const machine = {
  date: new Date().toISOString().slice(0, 10),
  node: process.version,
  cpu: `${cpus().length} × ${cpus()[0]?.model}`,
  load: Number(loadavg()[0]?.toFixed(1)),
};
/** @type {Record<string, any>} */
const measured = {};
for (const name of names) measured[name] = await parts[/** @type {keyof typeof parts} */ (name)]();
const text = report(measured, machine, options);
console.log(text);
if (values.only === undefined) {
  writeFileSync(join(here, 'results.json'), `${JSON.stringify({ ...machine, ...options, measured }, undefined, 2)}\n`);
  writeFileSync(join(here, 'results.md'), text);
  writeReadme('titan', text.replace(/^# .*\n+/, ''));
}
