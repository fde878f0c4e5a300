// What users get: packs every package, installs the tarball in an empty project and uses it there, in plain JavaScript
// under every runtime, in TypeScript 6 and 7, in a page built with Vite; counts what it costs. The samples are in
// tools/consumers/<package>: `plain.mjs` prints `ok`; `types/**/tsconfig.json` are projects to be checked; `page` is a
// folder for Vite whose page sets its title to `ok`; `worker.mjs` is bundled for workers and asked for a sum.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runChecks, runGroups } from './lib/checks.mjs';
import { packages } from './lib/packages.mjs';
import { writeCounts } from './lib/report.mjs';
import { root } from './lib/root.mjs';
import { npm, run, tool } from './lib/run.mjs';
import { install, runtimes } from './lib/runtimes.mjs';
import { budgets } from './packages/budgets.mjs';
import { clientSizes, differences } from './packages/client-size.mjs';
import { openPage } from './packages/page.mjs';
import { pageProjectChecks } from './packages/page-project.mjs';
import { projectChecks } from './packages/projects.mjs';
import { browserBytes, bundlePage, bytesAtOnce, installed } from './packages/size.mjs';
import { faultsOf, pack } from './packages/tarball.mjs';
import { checkWorker } from './packages/worker.mjs';

/** @typedef {import('./lib/packages.mjs').Package} Package */
/** @typedef {import('./lib/checks.mjs').Check} Check */

const chosen = process.argv.slice(2);
const selected = packages.filter(({ folder }) => chosen.length === 0 || chosen.includes(folder));
const work = realpathSync(mkdtempSync(join(tmpdir(), 'netron-packages-')));
process.once('exit', () => rmSync(work, { recursive: true, force: true }));

/** @type {Map<string, string>} tarballs by name of the package */
const tarballs = new Map();

/** @type {(faults: readonly string[]) => { code: number, output: string }} */
const verdict = (faults) => ({ code: faults.length > 0 ? 1 : 0, output: faults.join('\n') });

/** @type {(value: number, limit: number, what: string) => { code: number, output: string }} */
function within(value, limit, what) {
  const text = `${value.toLocaleString('en')} ${what}, at most ${limit.toLocaleString('en')}`;
  console.log(`       ${text}`);
  return verdict(value <= limit ? [] : [text]);
}

/**
 * The tarballs that an installation of a package needs: its own and those of the packages of this repository below it.
 *
 * @param {Package} wanted
 * @returns {string[]}
 */
function needed({ manifest }) {
  const below = packages.filter(({ manifest: { name } }) => manifest.dependencies?.[name] !== undefined);
  return [...new Set([tarballs.get(manifest.name) ?? manifest.name, ...below.flatMap(needed)])];
}

/** @type {(current: Package) => Check[]} */
function checksOf(current) {
  const { folder, manifest } = current;
  const name = (/** @type {string} */ what) => `${folder}: ${what}`;
  const samples = join(root, 'tools/consumers', folder);
  const project = join(work, folder);
  const budget = budgets[folder];
  const tarball = () => tarballs.get(manifest.name) ?? '';
  const typeProjects = existsSync(join(samples, 'types'))
    ? readdirSync(join(samples, 'types'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('tsconfig.json'))
    : [];
  let bytes = 0;
  /** @type {string[]} */
  let names = [];
  return [
    { name: name('manifest (publint)'), run: () => tool('publint', [tarball(), '--strict']) },
    {
      name: name('entry points (attw)'),
      run: () => tool('attw', [tarball(), '--profile', 'esm-only', '--no-color', '--no-emoji']),
    },
    {
      name: name('installs in an empty project'),
      async run() {
        cpSync(samples, project, { recursive: true });
        writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n');
        const result = await npm(
          ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', ...needed(current)],
          {
            cwd: project,
          },
        );
        if (result.code === 0) ({ bytes, names } = installed(project));
        return result;
      },
    },
    {
      name: name('number of packages'),
      async run() {
        const result = within(names.length, budget?.packages ?? 0, 'packages');
        return names.length === 0
          ? verdict(['nothing was installed'])
          : { ...result, output: `${result.output}: ${names.join(', ')}` };
      },
    },
    { name: name('installed size'), run: async () => within(bytes, budget?.installedBytes ?? 0, 'bytes installed') },
    ...Object.entries(budget?.browserBytes ?? {}).map(([entry, limit]) =>
      sizeCheck(name(`size of '${entry}' in a browser`), `export * from '${manifest.name}${entry.slice(1)}'`, limit, project),
    ),
    ...Object.entries(budget?.alone ?? {}).map(([exported, limit]) =>
      sizeCheck(name(`size of ${exported} alone`), `export { ${exported} } from '${manifest.name}'`, limit, project),
    ),
    ...Object.entries(budget?.atOnce ?? {}).map(([program, limit]) =>
      sizeCheck(name(`size at once in a page: ${program}`), program, limit, project, bytesAtOnce),
    ),
    ...(budget?.client === undefined ? [] : [clientCheck(name, budget.client, project)]),
    ...runtimes.map((runtime) => ({
      name: name(`plain JavaScript on ${runtime.name}`),
      async run() {
        const found = await install(runtime);
        if ('missing' in found) {
          console.log(`       ${found.missing}`);
          return verdict(found.elsewhere ? [] : [found.missing]);
        }
        const [program = '', ...before] = found.command;
        const { code, output, stdout } = await run(program, [...before, 'plain.mjs'], { cwd: project });
        return code === 0 && stdout.trim().endsWith('ok')
          ? { code, output }
          : { code: code || 1, output: `${output}\nexpected ok` };
      },
    })),
    ...typeProjects.flatMap((file) =>
      /** @type {const} */ (['tsc', 'tsc6']).map((compiler) => ({
        name: name(`types/${file.replaceAll('\\', '/')} with TypeScript ${compiler === 'tsc' ? 7 : 6}`),
        async run() {
          // Types of Node come with the user's project, not with ours. They are not what is checked, nor are the compiler's own.
          for (const types of ['@types/node', 'undici-types']) copyUnchecked(types, project);
          const args = ['-p', join(project, 'types', file), '--skipDefaultLibCheck', '--pretty', 'false'];
          return tool(compiler, args, { cwd: project });
        },
      })),
    ),
    // Packages for servers have no page.
    ...(existsSync(join(samples, 'page')) ? [pageCheck(name, project)] : []),
    ...(existsSync(join(samples, 'worker.mjs')) ? [workerCheck(name, project)] : []),
    ...(existsSync(join(samples, 'page/unbundled.html')) ? [unbundledCheck(name, project), esbuildCheck(name, project)] : []),
  ];
}

/**
 * Installs a package of types, unless it is there, whose files compilers read but do not check.
 *
 * @param {string} name
 * @param {string} project
 */
function copyUnchecked(name, project) {
  const to = join(project, 'node_modules', name);
  if (existsSync(to)) return;
  mkdirSync(dirname(to), { recursive: true });
  cpSync(join(root, 'node_modules', name), to, { recursive: true });
  for (const file of readdirSync(to, { recursive: true, encoding: 'utf8' })) {
    if (!/\.d\.[cm]?ts$/.test(file)) continue;
    const path = join(to, file);
    writeFileSync(path, `// @ts-nocheck\n${readFileSync(path, 'utf8')}`);
  }
}

/** @type {(name: string, code: string, limit: number, project: string, measure?: typeof browserBytes) => Check} */
function sizeCheck(name, code, limit, project, measure = browserBytes) {
  return {
    name,
    async run() {
      try {
        return within(await measure(code, project), limit, 'bytes, minified and gzip');
      } catch (error) {
        return verdict([String(error)]);
      }
    },
  };
}

/** @type {(name: (what: string) => string, limits: Record<string, number>, project: string) => Check} */
function clientCheck(name, limits, project) {
  return {
    name: name('sizes of a client and its parts are those of the README'),
    async run() {
      try {
        const sizes = await clientSizes(project);
        const beyond = Object.entries(limits).flatMap(([what, limit]) => {
          const { output } = within(sizes[what] ?? Number.NaN, limit, `bytes, minified and gzip: ${what}`);
          return output === '' ? [] : [output];
        });
        return verdict([...beyond, ...differences(join(root, 'packages/netron/README.md'), sizes)]);
      } catch (error) {
        return verdict([String(error)]);
      }
    },
  };
}

/** @type {(name: (what: string) => string, project: string) => Check} */
function pageCheck(name, project) {
  return {
    name: name('page built with Vite, in Chromium'),
    async run() {
      const built = await tool('vite', ['build', join(project, 'page'), '--logLevel', 'info'], { cwd: project });
      if (built.code !== 0) return built;
      if (/externalized for browser/i.test(built.output)) return verdict([`Node code in a page:\n${built.output}`]);
      return openPage(join(project, 'page/dist'));
    },
  };
}

/** @type {(name: (what: string) => string, project: string) => Check} */
function workerCheck(name, project) {
  return {
    name: name('bundled for workers, without Node modules'),
    async run() {
      try {
        return await checkWorker(project);
      } catch (error) {
        return verdict([String(error)]);
      }
    },
  };
}

/** @type {(name: (what: string) => string, project: string) => Check} */
function unbundledCheck(name, project) {
  return {
    name: name('pages compiled by tsc alone, with the import maps of the guide, in Chromium'),
    async run() {
      const compiled = await tool('tsc', ['-p', join(project, 'page/tsconfig.json'), '--pretty', 'false'], { cwd: project });
      if (compiled.code !== 0) return compiled;
      const guide = importMaps(readFileSync(join(root, 'docs/aether/views.md'), 'utf8'));
      for (const [index, page] of ['unbundled.html', 'unbundled-data.html'].entries()) {
        const [map] = importMaps(readFileSync(join(project, 'page', page), 'utf8'));
        if (map === undefined || map !== guide[index])
          return verdict([`the import map of ${page} differs from docs/aether/views.md`]);
        const shown = await openPage(project, `/page/${page}`);
        if (shown.code !== 0) return shown;
      }
      return verdict([]);
    },
  };
}

/** @type {(html: string) => string[]} The import maps in a text, without spaces. */
const importMaps = (html) =>
  [...html.matchAll(/<script type="importmap">(.*?)<\/script>/gs)].map(([, map = '']) => map.replace(/\s/g, ''));

/** @type {(name: (what: string) => string, project: string) => Check} */
function esbuildCheck(name, project) {
  return {
    name: name('page bundled by esbuild, in Chromium'),
    async run() {
      try {
        await bundlePage(join(project, 'page'), 'main.tsx', 'esbuild');
        return openPage(join(project, 'page/esbuild'));
      } catch (error) {
        return verdict([String(error)]);
      }
    },
  };
}

/** @type {(current: Package) => Check} */
const packCheck = (current) => ({
  name: `${current.folder}: packs`,
  async run() {
    try {
      const { tarball, form } = await pack(current, work);
      tarballs.set(current.manifest.name, tarball);
      return verdict([...faultsOf(form), ...(budgets[current.folder] ? [] : ['has no budget in tools/packages/budgets.mjs'])]);
    } catch (error) {
      return verdict([String(error)]);
    }
  },
});

const compiled = await runChecks([{ name: 'build', run: () => tool('tsc', ['-b']) }]);
const packed = await runGroups(packages.map((current) => [packCheck(current)]));
/** @type {(current: Package) => Check[]} checks of what the package makes, where it is installed */
function madeBy({ folder }) {
  if (folder === 'cli') return projectChecks(join(work, 'projects'), tarballs, join(work, folder));
  if (folder === 'create-aether') return pageProjectChecks(join(work, 'pages'), tarballs, join(work, folder));
  return [];
}

// Installations wait for the registry and the disk, pages for Chromium.
const used = await runGroups(
  selected.map((current) => [...checksOf(current), ...madeBy(current)]),
  availableParallelism() + 1,
);
const all = [compiled, packed, used];
const sum = (/** @type {'passed' | 'failed'} */ of) => all.reduce((total, counts) => total + counts[of], 0);
writeCounts('packages', { passed: sum('passed'), failed: sum('failed') });
