/**
 * `node bench/titan/run.mjs [--rounds 7] [--seconds 1]`: measures the framework beside NestJS; installs what is missing. One run, interleaved
 * rounds, medians, ratios. Packages are measured as they are published. Writes `results.json`.
 */
import { execFileSync, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '7' }, seconds: { type: 'string', default: '1' } },
});
const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
const shell = { stdio: 'inherit', shell: process.platform === 'win32', cwd: here };

if (!existsSync(join(here, 'node_modules'))) execFileSync('npm', ['ci', '--ignore-scripts'], shell);
const packed = mkdtempSync(join(tmpdir(), 'bench-titan-'));
execFileSync(process.execPath, ['tools/pack.mjs', 'nexus', 'netron', 'netron-auth', 'titan', '--to', packed], {
  ...shell,
  cwd: root,
});
const tarballs = readdirSync(packed).map((file) => join(packed, file));
execFileSync('npm', ['install', '--silent', '--prefer-offline', '--no-save', '--ignore-scripts', ...tarballs], shell);
rmSync(packed, { recursive: true });

const median = (/** @type {number[]} */ numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

/**
 * Runs each contender once in every round, in changing order.
 *
 * @param {string[]} names
 * @param {(name: string) => Promise<number>} measure
 */
async function interleaved(names, measure) {
  const all = new Map(names.map((name) => [name, /** @type {number[]} */ ([])]));
  for (let round = 0; round < rounds; round++)
    for (let at = 0; at < names.length; at++) {
      const name = names[(at + round) % names.length] ?? '';
      all.get(name)?.push(await measure(name));
    }
  return Object.fromEntries([...all].map(([name, numbers]) => [name, median(numbers)]));
}

/**
 * Runs a program of this folder and reads the line of JSON that it prints.
 *
 * @param {string[]} args
 */
function program(...args) {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--expose-gc', ...args], { cwd: here, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}

const results = {
  node: process.version,
  cpu: cpus()[0]?.model,
  rounds,
  seconds,
  rows: /** @type {Record<string, object>} */ ({}),
};
const frameworks = ['titan', 'nestjs'];
results.rows['start, 100 modules and 500 providers, ms'] = await interleaved(
  frameworks,
  async (name) => program('start.mjs', name).startMs,
);
results.rows['the same from process start with imports, ms'] = await interleaved(frameworks, async (name) => {
  const began = performance.now();
  program('start.mjs', name);
  return performance.now() - began;
});
results.rows['resident memory after it, MiB'] = await interleaved(
  frameworks,
  async (name) => program('start.mjs', name).rss / 2 ** 20,
);

const variants = ['bare', 'rights', 'limit', 'validation', 'cache', 'all', 'nestjs'];
const servers = await Promise.all(
  variants.map(async (variant) => {
    const server = fork(join(here, 'server.mjs'), [variant], { cwd: here });
    const [address] = await once(server, 'message');
    return { variant, server, address };
  }),
);
try {
  const { caller } = await import('./client.mjs');
  const callers = new Map();
  for (const { variant, address } of servers) callers.set(variant, await caller(variant, address));
  for (const [variant] of callers) await rate(callers.get(variant), 2 * seconds);
  results.rows['add over TCP, 64 in flight, calls a second'] = await interleaved(variants, (variant) =>
    rate(callers.get(variant), seconds),
  );
  for (const { close } of callers.values()) await close();
} finally {
  for (const { server } of servers) server.kill();
}

/**
 * Calls a second, 64 in flight.
 *
 * @param {{ add: (a: number, b: number) => Promise<number> }} caller
 * @param {number} time seconds
 */
async function rate({ add }, time) {
  const end = performance.now() + time * 1_000;
  let calls = 0;
  const line = async (/** @type {number} */ a) => {
    while (performance.now() < end) {
      if ((await add(a, 2)) !== a + 2) throw new Error('a wrong sum');
      calls += 1;
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: 64 }, (_, a) => line(a)));
  return calls / ((performance.now() - began) / 1_000);
}

writeFileSync(join(here, 'results.json'), `${JSON.stringify(results, undefined, 2)}\n`);
for (const [row, numbers] of Object.entries(results.rows)) {
  const base = /** @type {Record<string, number>} */ (numbers);
  const one = base.bare ?? base.titan ?? 1;
  console.log(
    `${row}\n${Object.entries(base)
      .map(([name, value]) => `  ${name.padEnd(12)} ${value.toFixed(1).padStart(10)}  ${(value / one).toFixed(2)}`)
      .join('\n')}`,
  );
}
