// Projects as `titan new` makes them: generated from the packed tarballs in an empty folder, installed, linted, type-checked,
// built, tested, started and asked for their health.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { npm, run } from '../lib/run.mjs';
import { followImage } from './image.mjs';

/** Options by dialect: one project has everything that can be asked for. */
const dialects = { legacy: [], standard: ['--redis', '--deploy', 'docker,kubernetes,nginx'], none: ['--deploy', 'none'] };

/**
 * Makes the checks of all templates.
 *
 * @param {string} folder an empty one
 * @param {ReadonlyMap<string, string>} tarballs by name of the package
 * @param {string} cli folder where the program is installed
 * @returns {import('../lib/checks.mjs').Check[]}
 */
export function projectChecks(folder, tarballs, cli) {
  mkdirSync(folder, { recursive: true });
  const program = join(cli, 'node_modules/@omnitron-dev/cli/bin/titan.mjs');
  const titan = (/** @type {string[]} */ args, /** @type {string} */ cwd) => run(process.execPath, [program, ...args], { cwd });
  return Object.entries(dialects).flatMap(([dialect, options]) => {
    const project = join(folder, dialect);
    const name = (/** @type {string} */ step) => `project (${dialect}): ${step}`;
    return [
      {
        name: name('is generated, with a second service'),
        async run() {
          const made = await titan(['new', dialect, '--dialect', dialect, '--yes', ...options], folder);
          return made.code === 0 ? titan(['generate:service', 'order-item'], project) : made;
        },
      },
      {
        name: name('installs'),
        run() {
          useTarballs(project, tarballs);
          return npm(['install', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: project });
        },
      },
      // The manifest, which has tarballs now, has another form.
      { name: name('is linted'), run: () => npm(['run', 'lint', '--', 'src'], { cwd: project }) },
      { name: name('type-checks and builds'), run: () => npm(['run', 'build'], { cwd: project }) },
      { name: name('passes its tests'), run: () => npm(['test'], { cwd: project }) },
      {
        name: name('starts, responds, and exits with 0'),
        // One of them as its Dockerfile makes it.
        run: () => (dialect === 'standard' ? startedAsImage : started)(project, dialect),
      },
    ];
  });
}

/**
 * Has a project take the packages of this repository from their tarballs, those below them too.
 *
 * @param {string} project
 * @param {ReadonlyMap<string, string>} tarballs
 */
export function useTarballs(project, tarballs) {
  const file = join(project, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  const own = Object.fromEntries([...tarballs].map(([name, tarball]) => [name, `file:${tarball}`]));
  for (const kind of ['dependencies', 'devDependencies'])
    for (const name of Object.keys(manifest[kind])) manifest[kind][name] = own[name] ?? manifest[kind][name];
  manifest.overrides = own;
  for (const name of Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }))
    if (own[name] !== undefined) manifest.overrides[name] = `$${name}`;
  writeFileSync(file, JSON.stringify(manifest, null, 2));
}

/**
 * Starts a project from what its image has.
 *
 * @param {string} project
 * @param {string} name of the application, in its log
 */
async function startedAsImage(project, name) {
  const image = await followImage(project, `${project}-image`);
  return image.code === 0 ? started(image.folder, name) : image;
}

/**
 * Starts a project, asks for its health and for a greeting, and stops it.
 *
 * @param {string} project
 * @param {string} name of the application, in its log
 */
async function started(project, name) {
  const [port, healthPort] = [await freePort(), await freePort()];
  const env = { ...process.env, PORT: String(port), HEALTH_PORT: String(healthPort) };
  const child = spawn(process.execPath, ['dist/main.js'], { cwd: project, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  let output = '';
  const ready = new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        output += text;
        if (output.includes(`"msg":"${name} started"`)) resolve(undefined);
      });
    }
  });
  await Promise.race([ready, ended]);
  try {
    const health = await fetch(`http://127.0.0.1:${healthPort}/health`);
    const greeting = await fetch(`http://127.0.0.1:${port}/netron/greeting/greet`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '["Ada"]',
    });
    const probe = await run(process.execPath, ['dist/health-check.js'], {
      cwd: project,
      env: { HEALTH_PORT: String(healthPort) },
    });
    child.kill('SIGTERM');
    const [code] = await ended;
    const got = `${health.status} ${await greeting.text()} ${probe.code} ${code}`;
    return got === '200 "Hello, Ada!" 0 0' ? { code: 0, output } : { code: 1, output: `got ${got}\n${output}` };
  } catch (error) {
    child.kill('SIGKILL');
    return { code: 1, output: `${error}\n${output}` };
  }
}

/** @returns {Promise<number>} */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}
