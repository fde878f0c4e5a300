/**
 * `node bench/nexus/run.mjs`: measures the container beside others; installs them when missing. One run, interleaved rounds,
 * medians. The package is measured as it is published: packed, bundled and installed beside the others. Writes `results.json` and the table in the package's README, between its markers. Ratios are times against nexus: above 1 is slower than nexus.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { writeReadme } from '../harness/readme.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const shell = { stdio: 'inherit', shell: process.platform === 'win32' };
if (!existsSync(join(here, 'node_modules'))) execFileSync('npm', ['ci', '--ignore-scripts'], { ...shell, cwd: here });
const packed = mkdtempSync(join(tmpdir(), 'bench-nexus-'));
execFileSync(process.execPath, ['tools/pack.mjs', 'nexus', '--to', packed], { cwd: root });
const tarball = join(packed, readdirSync(packed)[0]);
execFileSync('npm', ['install', '--silent', '--offline', '--no-save', '--ignore-scripts', tarball], { ...shell, cwd: here });
rmSync(packed, { recursive: true });

const contenders = (
  await Promise.all([
    import('./contenders/nexus.mjs'),
    import('./contenders/typed-inject.mjs'),
    import('./contenders/awilix.mjs'),
    import('./contenders/tsyringe.mjs'),
    import('./contenders/inversify.mjs'),
    import('./contenders/nest.mjs'),
  ])
).flatMap(Object.values);

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

/** How long one call takes, in nanoseconds, over a batch of calls. */
async function time(action, calls) {
  const start = process.hrtime.bigint();
  for (let i = 0; i < calls; i++) {
    const result = action();
    if (result instanceof Promise) await result;
  }
  return Number(process.hrtime.bigint() - start) / calls;
}

/** Calls for a batch of about `ms` milliseconds; they warm up too. */
async function calibrate(action, ms) {
  for (let calls = 1; ; calls *= 2) {
    const each = await time(action, calls);
    if (each * calls > (ms * 1e6) / 4) return Math.max(1, Math.round((ms * 1e6) / each));
  }
}

/** Runs one row: each round every contender once, in changing order. */
async function row(title, unit, rounds, ms, prepare) {
  const runs = [];
  const failed = {};
  for (const contender of contenders) {
    try {
      const action = await prepare(contender);
      runs.push({ name: contender.name, action, calls: await calibrate(action, ms), times: [] });
    } catch (error) {
      failed[contender.name] = error instanceof RangeError ? 'stack overflow' : String(error.message).split('\n')[0].slice(0, 80);
    }
  }
  for (let round = 0; round < rounds; round++) {
    const order = runs.map((_, i) => runs[(i + round) % runs.length]);
    for (const run of order) {
      globalThis.gc?.();
      run.times.push(await time(run.action, run.calls));
    }
  }
  const values = Object.fromEntries(runs.map(({ name, times }) => [name, median(times)]));
  const result = { title, unit, rounds, values, failed };
  console.log(line(result));
  return result;
}

const scale = { ns: 1, µs: 1e3, ms: 1e6, 'kB gzip': 1024 };
function line({ title, unit, values, failed = {} }) {
  const own = values.nexus;
  const cells = contenders.map(({ name }) => {
    if (failed[name]) return failed[name];
    if (values[name] === undefined) return '–';
    const value = values[name] / scale[unit];
    const shown = value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
    return name === 'nexus' ? `**${shown}**` : `${shown} (${(values[name] / own).toFixed(1)}×)`;
  });
  return `| ${title}, ${unit} | ${cells.join(' | ')} |`;
}

/** From a fresh process, without its start: what `import` of the package costs. */
function importTimes(rounds) {
  const values = {};
  for (let round = 0; round < rounds; round++) {
    for (const { name, module } of contenders) {
      // What a program has to import along with it.
      const extra = ['tsyringe', 'inversify', 'NestJS'].includes(name) ? `await import('reflect-metadata');` : '';
      const code = `const s = process.hrtime.bigint(); ${extra} await import(${JSON.stringify(module)}); console.log(Number(process.hrtime.bigint() - s))`;
      const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { cwd: here, encoding: 'utf8' });
      values[name] ??= [];
      values[name].push(Number(stdout));
    }
  }
  const result = {
    title: 'import',
    unit: 'ms',
    rounds,
    values: Object.fromEntries(Object.entries(values).map(([name, all]) => [name, median(all)])),
  };
  console.log(line(result));
  return result;
}

/** A program that provides two classes and asks for one, and everything the package exports; minified, gzip. */
async function sizes() {
  const { build } = createRequire(join(root, 'package.json'))('esbuild');
  const programs = {
    nexus: `import { createContainer } from '@omnitron-dev/nexus'; class A {} class B { static inject = [A]; constructor(a) { this.a = a } } console.log(createContainer([A, B]).get(B))`,
    'typed-inject': `import { createInjector } from 'typed-inject'; class A {} class B { static inject = ['a']; constructor(a) { this.a = a } } console.log(createInjector().provideClass('a', A).provideClass('b', B).resolve('b'))`,
    awilix: `import { createContainer, asClass } from 'awilix'; class A {} class B { constructor({ a }) { this.a = a } } console.log(createContainer().register({ a: asClass(A), b: asClass(B) }).resolve('b'))`,
    tsyringe: `import 'reflect-metadata'; import { container, injectable } from 'tsyringe'; class A {} class B { constructor(a) { this.a = a } } Reflect.defineMetadata('design:paramtypes', [A], B); injectable()(B); console.log(container.resolve(B))`,
    inversify: `import 'reflect-metadata'; import { Container, inject, injectable } from 'inversify'; class A {} class B { constructor(a) { this.a = a } } inject(A)(B, undefined, 0); const c = new Container(); c.bind(A).toSelf(); c.bind(B).toSelf(); console.log(c.get(B))`,
    NestJS: `import 'reflect-metadata'; import { NestFactory } from '@nestjs/core'; import { Module } from '@nestjs/common'; class A {} class App {} Module({ providers: [A] })(App); NestFactory.createApplicationContext(App).then((app) => console.log(app.get(A)))`,
  };
  const gzip = async (contents, platform) => {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: here },
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      logLevel: 'silent',
      platform,
      external: platform === 'node' ? ['@nestjs/websockets*', '@nestjs/microservices*', '@nestjs/platform-*', 'class-*'] : [],
    });
    return gzipSync(outputFiles[0].contents, { level: 9 }).length;
  };
  const measure = async (title, source) => {
    const result = { title, unit: 'kB gzip', rounds: 1, values: {}, failed: {} };
    for (const contender of contenders) {
      const platform = contender.name === 'NestJS' || contender.name === 'awilix' ? 'node' : 'browser';
      try {
        result.values[contender.name] = await gzip(source(contender), platform);
      } catch (error) {
        result.failed[contender.name] = `does not bundle (${error.errors?.length ?? 0} errors)`;
      }
    }
    console.log(line(result));
    return result;
  };
  return [
    await measure('bundle, small program', ({ name }) => programs[name]),
    await measure('bundle, everything', ({ module }) => `export * from '${module}'`),
  ];
}

const start = performance.now();
const header = ['|  |', ...contenders.map(({ name }) => ` ${name} |`)].join('');
const rule = `|---|${'---|'.repeat(contenders.length)}`;
console.log(`${header}\n${rule}`);
const rows = [
  await row('cached singleton', 'ns', 15, 15, (contender) => contender.singleton()),
  await row('transient, depth 10', 'ns', 15, 15, (contender) => contender.transient()),
  await row('request scope, 20 providers', 'µs', 15, 15, (contender) => contender.request()),
  await row('build and resolve 100', 'µs', 11, 20, (contender) => contender.graph(100)),
  await row('build and resolve 1,000', 'ms', 11, 20, (contender) => contender.graph(1_000)),
  await row('build and resolve 10,000', 'ms', 5, 20, (contender) => contender.graph(10_000)),
  importTimes(7),
  ...(await sizes()),
];
const machine = { node: process.version, cpu: cpus()[0].model.trim(), cores: cpus().length };
writeFileSync(
  join(here, 'results.json'),
  `${JSON.stringify({ date: new Date().toISOString().slice(0, 10), machine, rows }, null, 2)}\n`,
);

const caption = `\`node bench/nexus/run.mjs\`, one run, interleaved, medians; in brackets the ratio to nexus, above 1 is slower or larger. ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${new Date().toISOString().slice(0, 10)}.`;
writeReadme('nexus', [caption, '', header, rule, ...rows.map(line), ''].join('\n'));
console.log(`\n${caption} ${((performance.now() - start) / 1000).toFixed(0)} s`);
