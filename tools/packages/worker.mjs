import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { run } from '../lib/run.mjs';

/** Loads a worker as its platforms do: nothing may be waited for or drawn by lot before the first request. Then asks it. */
const program = (/** @type {string} */ file) => `
  const { setTimeout, setInterval, fetch, crypto } = globalThis;
  const never = (name) => () => { throw new Error(name + ' before the first request'); };
  Object.assign(globalThis, { setTimeout: never('setTimeout'), setInterval: never('setInterval'), fetch: never('fetch') });
  const { getRandomValues, randomUUID } = crypto;
  Object.assign(crypto, { getRandomValues: never('getRandomValues'), randomUUID: never('randomUUID') });
  const { default: worker } = await import(${JSON.stringify(pathToFileURL(file).href)});
  Object.assign(globalThis, { setTimeout, setInterval, fetch });
  Object.assign(crypto, { getRandomValues, randomUUID });
  const ask = (path, body) => worker.fetch(new Request('https://any.example/netron/calculator' + path, {
    method: 'POST', body, headers: { 'content-type': 'application/json' } }));
  const sum = await (await ask('/add', '[2,3]')).json();
  const lines = (await (await ask('/count', '[2]')).text()).trim().split('\\n').join();
  if (sum !== 5 || lines !== '{"v":1},{"v":2},{"end":true}') throw new Error('got ' + sum + ' and ' + lines);
  console.log('ok');
  process.exit();
`;

/**
 * Bundles a worker as its platforms do, and asks it for something.
 *
 * @param {string} project with `worker.mjs` and node_modules
 * @returns {Promise<{ code: number, output: string }>}
 */
export async function checkWorker(project) {
  const outfile = join(project, 'worker.bundle.mjs');
  const { metafile } = await build({
    absWorkingDir: project,
    entryPoints: ['worker.mjs'],
    outfile,
    bundle: true,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['workerd', 'worker'],
    logLevel: 'silent',
  });
  const outside = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
  const ofNode = outside.filter((path) => path.startsWith('node:') || builtinModules.includes(path));
  if (ofNode.length > 0) return { code: 1, output: `Node code in a worker: ${ofNode.join(', ')}` };
  const { code, output, stdout } = await run(process.execPath, ['--input-type=module', '-e', program(outfile)], {
    cwd: project,
  });
  return code === 0 && stdout.trim().endsWith('ok') ? { code, output } : { code: code || 1, output: `${output}\nexpected ok` };
}
