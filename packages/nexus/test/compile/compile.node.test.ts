import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { transform as swc } from '@swc/core';
import * as esbuild from 'esbuild';
import { build as vite } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const sources = {
  legacy: fileURLToPath(new URL('./legacy.ts', import.meta.url)),
  standard: fileURLToPath(new URL('../standard/compile.ts', import.meta.url)),
};
type Dialect = keyof typeof sources;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nexus-compile-'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  const entryPoints = [join(root, 'packages/nexus/src/index.ts')];
  await esbuild.build({ entryPoints, bundle: true, format: 'esm', target: 'es2022', outfile: join(folder, 'nexus.js') });
});
afterAll(() => rm(folder, { recursive: true }));

const source = async (dialect: Dialect) => (await readFile(sources[dialect], 'utf8')).replace('../../src/index.js', './nexus.js');

/** Each compiler by what it makes of the source of one dialect. */
const compilers: Record<string, (dialect: Dialect) => Promise<string>> = {
  'tsc 7': async (dialect) => {
    const name = `tsc-${dialect}-source`;
    await writeFile(join(folder, `${name}.ts`), await source(dialect));
    const legacy = String(dialect === 'legacy');
    const flags = [
      '--noCheck',
      '--target',
      'es2022',
      '--module',
      'esnext',
      '--moduleResolution',
      'bundler',
      '--useDefineForClassFields',
      String(dialect === 'standard'),
    ];
    const decorators = ['--experimentalDecorators', legacy, '--emitDecoratorMetadata', legacy];
    await promisify(execFile)(
      process.execPath,
      [join(root, 'node_modules/@typescript/native/bin/tsc'), ...flags, ...decorators, `${name}.ts`],
      { cwd: folder },
    );
    return readFile(join(folder, `${name}.js`), 'utf8');
  },
  SWC: async (dialect) => {
    const { code } = await swc(await source(dialect), {
      configFile: false,
      swcrc: false,
      isModule: true,
      jsc: {
        target: 'es2022',
        parser: { syntax: 'typescript', decorators: true },
        transform:
          dialect === 'legacy'
            ? { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false }
            : { decoratorVersion: '2023-11' },
      },
    });
    return code;
  },
  esbuild: async (dialect) => {
    const tsconfigRaw = {
      compilerOptions: { experimentalDecorators: dialect === 'legacy', useDefineForClassFields: dialect === 'standard' },
    };
    return (await esbuild.transform(await source(dialect), { loader: 'ts', target: 'es2022', tsconfigRaw })).code;
  },
  oxc: async (dialect) => {
    const output = await vite({
      configFile: false,
      logLevel: 'silent',
      oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
      build: {
        write: false,
        minify: false,
        target: 'es2022',
        lib: { entry: sources[dialect], formats: ['es'], fileName: 'out' },
      },
    });
    const [{ output: chunks }] = output as unknown as [{ output: [{ code: string }] }];
    return chunks[0].code;
  },
};

async function run(name: string, dialect: Dialect): Promise<unknown> {
  const file = join(folder, `${name.replace(' ', '')}-${dialect}.mjs`);
  await writeFile(file, await compilers[name]!(dialect));
  const script = `import { run } from ${JSON.stringify(pathToFileURL(file).href)}; console.log(JSON.stringify(run()));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { cwd: folder });
  return JSON.parse(stdout);
}

const common = { named: [true, 'neo', true], listed: 'neo', clean: true };

describe('one decorated program, compiled by every tool and run', () => {
  for (const name of ['tsc 7', 'SWC', 'oxc'])
    it(`${name}, legacy dialect, with emitted types`, async () => {
      expect(await run(name, 'legacy')).toEqual({ ...common, typed: 'true' });
    });
  it('esbuild, legacy dialect: it emits no types, and the error says what to do', async () => {
    expect(await run('esbuild', 'legacy')).toEqual({
      ...common,
      typed: 'cannot create Typed: Typed takes 1 parameters, 0 are declared; use static inject, deps or @Inject()',
    });
  });
  for (const name of ['tsc 7', 'SWC', 'esbuild'])
    it(`${name}, standard dialect`, async () => {
      expect(await run(name, 'standard')).toEqual(common);
    });
  it('oxc leaves the standard dialect in its output: it is lowered by esbuild before', async () => {
    expect(await compilers.oxc!('legacy')).not.toMatch(/^\s*@Injectable/m);
    expect(await run('esbuild', 'standard')).toEqual(common);
  });
});
