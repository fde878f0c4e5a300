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
const nexus = join(root, 'packages/nexus');
const tsc = join(root, 'node_modules/@typescript/native/bin/tsc');
const shell = process.platform === 'win32';
const execute = promisify(execFile);

let folder: string;
beforeAll(async () => {
  await execute(process.execPath, [tsc, '-b', 'packages/nexus'], { cwd: root });
  folder = await mkdtemp(join(tmpdir(), 'nexus-package-'));
  const { stdout } = await execute('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: nexus, shell });
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  await execute('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${stdout.trim()}`], { cwd: folder, shell });
}, 60_000);
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
  expect((await readdir(installed)).sort()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json', 'src']);
  expect((await readdir(join(installed, 'src'))).filter((file) => file.includes('.test'))).toEqual([]);
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
  }, 60_000);
}

it('is small: minified and gzipped for the browser', async () => {
  const size = async (contents: string) => {
    const { outputFiles } = await esbuild.build({
      stdin: { contents, resolveDir: folder },
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
    });
    return gzipSync(outputFiles[0]!.contents, { level: 9 }).length;
  };
  const core = 'createContainer, createToken, inject, lazy, optional, Container, NexusError';
  const sizes = [await size(`export { ${core} } from '@omnitron-dev/nexus'`), await size("export * from '@omnitron-dev/nexus'")];
  // Bytes: without modules and decorators; everything.
  expect(sizes[0]).toBeLessThanOrEqual(5_250);
  expect(sizes[1]).toBeLessThanOrEqual(6_300);
});
