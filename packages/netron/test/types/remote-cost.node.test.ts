/**
 * What `Remote` costs the compiler, by its own count: a client that calls three methods of an interface and of a class, in
 * a program that declares 30 methods in each and one that declares 1,000.
 */
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { beforeAll, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../../', import.meta.url));
const folder = new URL('../../../../.cache/remote-cost/', import.meta.url);
const source = new URL('../../src/service/call/remote.ts', import.meta.url);
type Use = 'plain' | 'remote';

function declaration(kind: 'interface' | 'class', use: Use, methods: number): string {
  const returns = (data: string) => (kind === 'interface' ? `Promise<${data}>` : data);
  const members = Array.from({ length: methods }, (_, at) => {
    return `  method${at}(id: string, options: { limit: number; tag${at}?: string }): ${returns(`{ id: string; at: Date; value${at}: number }`)};`;
  });
  const name = kind === 'interface' ? 'Declared' : 'Api';
  return [
    `export declare ${kind} ${name} {\n${members.join('\n')}\n}`.replace('declare interface', 'interface'),
    `declare const of${name}: ${use === 'remote' ? `Remote<${name}>` : name};`,
    ...[1, 7, 20].map((at) => `export const ${kind}${at} = of${name}.method${at}('x', { limit: 1 });`),
  ].join('\n');
}

function program(use: Use, methods: number): string {
  return [
    `import type { Remote } from '${fileURLToPath(source).replace(/\.ts$/, '.js')}';`,
    `export type Used = Remote<{ x(): Promise<number> }>['x'];`,
    declaration('interface', use, methods),
    declaration('class', use, methods),
  ].join('\n');
}

/** The path of a configuration in the folder. */
function pathOf(use: Use, methods: number): string {
  return fileURLToPath(new URL(`${use}-${methods}.json`, folder));
}

beforeAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const use of ['plain', 'remote'] as const) {
    for (const methods of [30, 1_000]) {
      await writeFile(new URL(`${use}-${methods}.ts`, folder), program(use, methods));
      const config = {
        extends: `${relative(fileURLToPath(folder), root)}/tsconfig.base.json`,
        compilerOptions: {
          composite: false,
          declaration: false,
          declarationMap: false,
          noEmit: true,
          types: ['node'],
          lib: ['ES2023', 'ESNext.Disposable', 'ESNext.Decorators', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'],
        },
        files: [`${use}-${methods}.ts`],
      };
      await writeFile(pathOf(use, methods), JSON.stringify(config));
    }
  }
});

/** Compiles a program with the native compiler and returns how many types it had to instantiate. */
async function native(use: Use, methods: number): Promise<number> {
  const compiler = fileURLToPath(new URL('../../../../node_modules/.bin/tsc', import.meta.url));
  const { stdout } = await run(compiler, ['-p', pathOf(use, methods), '--extendedDiagnostics']);
  const count = /^Instantiations:\s+(\d+)/m.exec(stdout)?.[1];
  if (count === undefined) throw new Error(`the compiler tells no number of instantiations:\n${stdout}`);
  return Number(count);
}

/** The same with the compiler written in TypeScript, which parses the libraries once. */
async function script(use: Use, methods: number): Promise<number> {
  const { config } = ts.readConfigFile(pathOf(use, methods), ts.sys.readFile);
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, fileURLToPath(folder));
  const host = ts.createCompilerHost(options);
  const parse = host.getSourceFile.bind(host);
  host.getSourceFile = (file, target) => {
    const known = parsed.get(file) ?? parse(file, target);
    if (known !== undefined) parsed.set(file, known);
    return known;
  };
  const made = ts.createProgram(fileNames, options, host);
  expect(ts.getPreEmitDiagnostics(made).map(({ messageText }) => messageText)).toEqual([]);
  return made.getInstantiationCount();
}
const parsed = new Map<string, ts.SourceFile>();

it.each([
  ['tsc', native],
  ['tsc6', script],
])('%s: the types of a service with 1,000 methods cost as much per method as with 30', async (_compiler, instantiations) => {
  const cost = async (methods: number) => (await instantiations('remote', methods)) - (await instantiations('plain', methods));
  const few = await cost(30);
  const many = await cost(1_000);
  expect(few).toBeGreaterThan(0);
  expect(few).toBeLessThan(10_000);
  expect(many - few).toBeLessThan(few * 0.05);
});
