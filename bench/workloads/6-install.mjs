/** What a program pays before its first call. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const bench = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);

/** @param {import('../harness/contender.mjs').Contender} contender */
async function importTime({ imports }) {
  const script = `const t = performance.now(); for (const m of ${JSON.stringify(imports)}) await import(m); console.log(performance.now() - t); process.exit(0);`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], {
    cwd: bench,
    env: { ...process.env, NODE_ENV: 'production' },
  });
  return { time: Number(stdout.trim().split('\n').pop()) };
}

/** Counts a package and what it depends on, as npm has laid it out. @param {import('../harness/contender.mjs').Contender} contender */
async function installSize({ packages }) {
  const seen = new Set();
  const visit = (/** @type {string} */ name, /** @type {string} */ from, /** @type {boolean} */ optional) => {
    const folder = find(name, from);
    if (folder === undefined) {
      if (optional) return;
      throw new Error(`${name} is not installed`);
    }
    if (seen.has(folder)) return;
    seen.add(folder);
    const { dependencies = {}, optionalDependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    for (const dependency of Object.keys(dependencies)) visit(dependency, folder, dependency in optionalDependencies);
    for (const dependency of Object.keys(optionalDependencies)) visit(dependency, folder, true);
  };
  for (const name of packages) visit(name, bench, false);
  const sizes = [...seen].map(treeSize);
  return { size: sizes.reduce((sum, size) => sum + size, 0) / 1e6, packages: seen.size };
}

/** @param {string} name @param {string} from @returns {string | undefined} */
function find(name, from) {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(candidate)) return realpathSync(candidate);
    if (folder === dirname(folder)) return undefined;
  }
}

/** @param {string} folder @returns {number} */
function treeSize(folder) {
  let size = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === 'node_modules') continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) size += treeSize(path);
    else if (entry.isFile()) size += statSync(path).size;
  }
  return size;
}

const oneOfEach = (/** @type {import('../harness/contender.mjs').Contender} */ { id }) =>
  !id.includes('batch') && !['netron-tcp', 'netron-unix', 'netron-memory', 'socket.io-msgpack'].includes(id);

/** @type {import('../harness/row.mjs').Row[]} */
export const rows = [
  {
    id: 'import',
    title: 'import of client and server',
    admits: oneOfEach,
    rounds: 5,
    metrics: [{ key: 'time', title: 'ms', better: 'lower', digits: 1 }],
    inspect: importTime,
    targets: [{ contender: 'netron-ws', must: 60, goal: 40 }],
  },
  {
    id: 'install',
    bare: true,
    title: 'install size',
    note: 'Packages and megabytes that an installation of client and server brings, its dependencies included.',
    admits: oneOfEach,
    rounds: 1,
    metrics: [
      { key: 'packages', title: 'packages', better: 'lower' },
      { key: 'size', title: 'MB', better: 'lower', digits: 2 },
    ],
    inspect: installSize,
    targets: [
      { contender: 'netron-ws', must: 4 },
      { contender: 'netron-ws', metric: 'size', must: 1 },
    ],
  },
];
