import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const tsc = join(root, 'node_modules/@typescript/native/bin/tsc');
const shell = process.platform === 'win32';
const execute = promisify(execFile);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nexus-package-'));
  const { stdout } = await execute(process.execPath, [join(root, 'tools/pack.mjs'), 'nexus', '--to', folder], { cwd: root });
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  await execute('npm', ['install', '--offline', '--no-audit', '--no-fund', stdout.trim()], { cwd: folder, shell });
});
afterAll(() => rm(folder, { recursive: true }));

/** The TypeScript samples of a document, each a program of its own. */
async function samples(file: string): Promise<string[]> {
  const text = await readFile(join(root, file), 'utf8');
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code!);
}

/** What a sample says it prints, in `// prints …` comments. */
const promised = (code: string) => [...code.matchAll(/\/\/ prints (.*)$/gm)].map(([, text]) => text!.trim());

it('the packed tarball holds what it promises and has no dependencies', async () => {
  const installed = join(folder, 'node_modules/@omnitron-dev/nexus');
  const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as Record<string, unknown>;
  expect([manifest.dependencies, manifest.peerDependencies]).toEqual([undefined, undefined]);
  expect(await readdir(join(folder, 'node_modules'))).toEqual(expect.arrayContaining(['@omnitron-dev']));
  expect((await readdir(installed)).sort()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json']);
});

for (const file of ['packages/nexus/README.md', 'docs/nexus/guide.md']) {
  it(`${file}: every sample compiles against the installed package, runs, and prints what it says`, async () => {
    const codes = await samples(file);
    expect(codes.length).toBeGreaterThan(0);
    const project = join(folder, file.replaceAll(/\W/g, '-'));
    await mkdir(project);
    const names = await Promise.all(
      codes.map(async (code, i) => {
        await writeFile(join(project, `sample${i}.ts`), `${code}\nexport {};\n`);
        return `sample${i}`;
      }),
    );
    const compilerOptions = {
      target: 'es2022',
      module: 'nodenext',
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      lib: ['es2023', 'esnext.disposable', 'dom'],
      types: [],
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
    };
    await writeFile(
      join(project, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: names.map((name) => `${name}.ts`) }),
    );
    const checked = await execute(process.execPath, [tsc, '-p', project], { cwd: project }).catch(
      (error: { stdout: string }) => error,
    );
    expect(checked.stdout).toBe('');
    for (const [i, name] of names.entries()) {
      const { stdout } = await execute(process.execPath, [join(project, `${name}.js`)], { cwd: project });
      expect(stdout.trim().split('\n').filter(Boolean), `sample ${i} of ${file}`).toEqual(promised(codes[i]!));
    }
  });
}

it('the reference lists every export and every member of Container, and nothing else', async () => {
  const reference = await readFile(join(root, 'docs/nexus/reference.md'), 'utf8');
  const sections = Object.fromEntries(reference.split(/^## /m).map((text) => [text.split('\n', 1)[0], text]));
  const rows = (section: string) => [...sections[section]!.matchAll(/^\| `([^|]+)` \|/gm)].map(([, cell]) => cell!);
  const names = (cells: readonly string[]) => cells.flatMap((cell) => cell.match(/^@?(\w+)/)?.[1] ?? []);
  const listed = [
    ...names(rows('Functions')),
    ...names(rows('Decorators')),
    ...[...sections.Types!.matchAll(/`(\w+)`/g)].map(([, name]) => name!),
    'Container',
  ];
  const declarations = await readFile(join(folder, 'node_modules/@omnitron-dev/nexus/dist/index.d.ts'), 'utf8');
  const index = declarations.matchAll(/^export (?:type )?\{([^}]*)\}/gm);
  const exported = [...index].flatMap(([, list]) => list!.split(',').flatMap((item) => item.trim().replace(/^type /, '') || []));
  expect(listed.toSorted()).toEqual(exported.toSorted());

  const declared = declarations.split('declare class Container')[1]!;
  const members = [...declared.split('\n}')[0]!.matchAll(/^ {2}(?:\[(\w+)\]|(?!constructor)(\w+))(?:<.*>)?\(/gm)];
  const known: Record<string, string> = { asyncDispose: '[Symbol.asyncDispose]', dispose: '[Symbol.dispose]' };
  const promised = rows('Container').flatMap((cell) => cell.split('`, `').map((each: string) => each.replace(/\(.*/, '')));
  expect(promised.toSorted()).toEqual([...new Set(members.map(([, symbol, name]) => name ?? known[symbol!]!))].toSorted());
});

/** What a program takes along that uses nothing else: minified. */
async function minified(contents: string): Promise<string> {
  const { outputFiles } = await esbuild.build({
    stdin: { contents, resolveDir: folder },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
  });
  return outputFiles[0]!.text;
}
const core = 'createContainer, createToken, inject';
const all = "export * from '@omnitron-dev/nexus'";
const some = (names: string) => `export { ${names} } from '@omnitron-dev/nexus'`;

it('is small: minified and gzipped for the browser', async () => {
  const size = async (contents: string) => gzipSync(await minified(contents), { level: 9 }).length;
  // Bytes: what was reached, and 1 %. See docs/decisions/nexus-size.md.
  expect(await size(some(core))).toBeLessThanOrEqual(5_265);
  expect(await size(all)).toBeLessThanOrEqual(6_730);
});

it('a program without modules, decorators and test overrides does not contain them', async () => {
  const [small, large] = await Promise.all([minified(some(core)), minified(all)]);
  for (const text of ['neither provides nor imports', 'deleteProperty', 'forFeature']) {
    expect(large).toContain(text);
    expect(small).not.toContain(text);
  }
  expect((await minified(some(`${core}, createTestContainer`))).length).toBeGreaterThan(small.length + 200);
});

it('is one file, in which classes and properties keep their names', async () => {
  const files = await readdir(join(folder, 'node_modules/@omnitron-dev/nexus/dist'));
  expect(files.filter((file) => file.endsWith('.js'))).toEqual(['index.js']);
  // Two versions may meet in one program: what one has made is read by the other under the same names.
  const text = await readFile(join(folder, 'node_modules/@omnitron-dev/nexus/dist/index.js'), 'utf8');
  for (const name of ['registry', 'instance', 'within', 'onDispose', 'links', 'parent'])
    expect(text).toMatch(new RegExp(`\\.${name}\\b`));
  const program = "import { Container, NexusError } from '@omnitron-dev/nexus'; console.log(Container.name, NexusError.name);";
  const { stdout } = await execute(process.execPath, ['--input-type=module', '-e', program], { cwd: folder });
  expect(stdout.trim()).toBe('Container NexusError');
});
