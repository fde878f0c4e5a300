import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { environment } from './environment.mjs';
import { root } from './root.mjs';

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd] default: the repository
 * @property {Record<string, string>} [env] added to `environment()`
 * @property {boolean} [show] let the child write to our own output instead of collecting it
 * @property {number} [timeoutMs] the child and its descendants are killed after this; default 10 minutes
 */

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/**
 * Ends a child and everything it started.
 *
 * @param {import('node:child_process').ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
function end(child, signal) {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // It has ended by itself.
  }
}

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.once(signal, () => {
    for (const child of running) end(child, 'SIGTERM');
    process.exit(130);
  });
}

/**
 * Runs a program without input and waits for its end. Never rejects: a program that cannot be started or takes too
 * long has a code other than 0, and `output` says why.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<{ code: number, output: string, stdout: string }>} `output` is both streams in order of arrival
 */
export function run(program, args, { cwd = root, env = {}, show = false, timeoutMs = 600_000 } = {}) {
  return new Promise((resolve) => {
    // A process group of its own: a child that hangs is ended with its own children.
    const child = spawn(program, args, {
      cwd,
      // Colours are for people who watch, not for output that is collected.
      env: environment(show ? env : { NO_COLOR: '1', ...env }),
      stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
      detached: process.platform !== 'win32',
      shell: process.platform === 'win32' && program.endsWith('.cmd'),
    });
    running.add(child);
    let output = '';
    let stdout = '';
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      output += text;
      stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    const timer = setTimeout(() => {
      const message = `${program} took longer than ${timeoutMs / 1000} s and was killed\n`;
      if (show) process.stderr.write(message);
      output += message;
      end(child, 'SIGKILL');
    }, timeoutMs);
    /** @param {number} code */
    const settle = (code) => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ code, output, stdout });
    };
    child.once('error', (error) => {
      output += `${error.message}\n`;
      if (show) process.stderr.write(`${error.message}\n`);
      settle(127);
    });
    child.once('close', (code) => settle(code ?? 1));
  });
}

/**
 * Runs a program written in JavaScript with the Node that runs us.
 *
 * @param {string} script
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 */
export function node(script, args, options) {
  return run(process.execPath, [script, ...args], options);
}

/**
 * Runs npm: the one that started us, or the one on the path.
 *
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 */
export function npm(args, options) {
  const started = process.env.npm_execpath;
  if (started && /npm-cli\.c?js$/.test(started)) return node(started, args, options);
  return run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, options);
}

/** Programs of the development dependencies, by the file that Node runs. `npx` would add half a second to each. */
export const tools = {
  attw: 'node_modules/@arethetypeswrong/cli/dist/index.js',
  biome: 'node_modules/@biomejs/biome/bin/biome',
  depcruise: 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
  knip: 'node_modules/knip/bin/knip.js',
  oxlint: 'node_modules/oxlint/bin/oxlint',
  publint: 'node_modules/publint/src/cli.js',
  tsc: 'node_modules/@typescript/native/bin/tsc',
  tsc6: 'node_modules/typescript/bin/tsc6',
  vite: 'node_modules/vite/bin/vite.js',
  vitest: 'node_modules/vitest/vitest.mjs',
};

/**
 * Runs a program of the development dependencies.
 *
 * @param {keyof typeof tools} name
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 */
export function tool(name, args, options) {
  return node(join(root, tools[name]), args, options);
}
