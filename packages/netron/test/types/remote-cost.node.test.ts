/**
 * What `Remote` costs the compiler, by its own count: a client that calls three methods of an interface and of a class, in
 * a program that declares 30 methods in each and one that declares 1,000.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { beforeAll, expect, it } from 'vitest';
import { declaredMethods, nativeCost, scriptProgram } from '../../../../tools/type-cost.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const folder = new URL('../../../../.cache/remote-cost/', import.meta.url);
const source = new URL('../../src/service/call/remote.ts', import.meta.url);
type Use = 'plain' | 'remote';

function declaration(kind: 'interface' | 'class', use: Use, methods: number): string {
  const members = declaredMethods(methods, kind === 'interface' ? undefined : (data) => data);
  const name = kind === 'interface' ? 'Declared' : 'Api';
  return [
    `export declare ${kind} ${name} {\n${members}\n}`.replace('declare interface', 'interface'),
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

/** Compiles a program with the compiler written in TypeScript and returns the same. */
function scriptCost(config: string): number {
  const program = scriptProgram(config);
  expect(ts.getPreEmitDiagnostics(program).map(({ messageText }) => messageText)).toEqual([]);
  return program.getInstantiationCount();
}

it.each([
  ['tsc', nativeCost],
  ['tsc6', scriptCost],
])('%s: the types of a service with 1,000 methods cost as much per method as with 30', async (_compiler, costOf) => {
  const cost = async (methods: number) => (await costOf(pathOf('remote', methods))) - (await costOf(pathOf('plain', methods)));
  const few = await cost(30);
  const many = await cost(1_000);
  expect(few).toBeGreaterThan(0);
  expect(few).toBeLessThan(10_000);
  expect(many - few).toBeLessThan(few * 0.05);
});
