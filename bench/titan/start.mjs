/** `node start.mjs titan|nestjs`: starts an application of 100 modules and 500 providers; prints milliseconds, of the clock and of the CPU, and resident memory. */
const modules = 100;
const each = 5;

/** Classes by module: the first of each needs the first of the module before, the others need the one before. */
const classes = Array.from({ length: modules }, () => Array.from({ length: each }, () => class {}));
const below = (/** @type {number} */ m, /** @type {number} */ i) =>
  i > 0 ? classes[m][i - 1] : m > 0 ? classes[m - 1][0] : undefined;

/** CPU milliseconds of this process since it began. */
function cpu() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/**
 * Measures a start.
 *
 * @param {() => Promise<unknown>} start
 */
async function measured(start) {
  const [began, used] = [performance.now(), cpu()];
  await start();
  return { startMs: performance.now() - began, startCpuMs: cpu() - used };
}

async function titan() {
  const { Application, defineModule } = await import('@omnitron-dev/titan');
  /** @type {import('@omnitron-dev/titan').ModuleReference | undefined} */
  let before;
  for (let m = 0; m < modules; m++) {
    for (let i = 0; i < each; i++) {
      const needs = below(m, i);
      if (needs) Object.defineProperty(classes[m][i], 'inject', { value: [needs] });
    }
    before = defineModule({ id: `m${m}`, imports: before ? [before] : [], providers: classes[m], exports: [classes[m][0]] });
  }
  const root = /** @type {import('@omnitron-dev/titan').ModuleReference} */ (before);
  return measured(async () => {
    const app = await Application.create(root, { signals: false, logger: { level: 'silent' } });
    await app.start();
  });
}

async function nestjs() {
  await import('reflect-metadata');
  const { Inject, Injectable, Module } = await import('@nestjs/common');
  const { NestFactory } = await import('@nestjs/core');
  let before;
  for (let m = 0; m < modules; m++) {
    for (let i = 0; i < each; i++) {
      const needs = below(m, i);
      if (needs) Inject(needs)(classes[m][i], undefined, 0);
      Injectable()(classes[m][i]);
    }
    const type = class {};
    Module({ imports: before ? [before] : [], providers: classes[m], exports: [classes[m][0]] })(type);
    before = type;
  }
  return measured(async () => {
    const app = await NestFactory.createApplicationContext(before, { logger: false });
    await app.init();
  });
}

const times = await (process.argv[2] === 'titan' ? titan() : nestjs());
const wholeCpuMs = cpu();
globalThis.gc?.();
console.log(JSON.stringify({ ...times, wholeCpuMs, rss: process.memoryUsage().rss }));
process.exit(0);
