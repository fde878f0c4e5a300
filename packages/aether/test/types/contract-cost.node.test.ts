/**
 * The cost of a contract of 3,000 methods for the compiler, by its own count, in both compilers and both dialects of
 * decorators: a library declares a service and is published as declarations; an application uses them 30 and 300 times.
 */
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { beforeAll, expect, it } from 'vitest';
import { declaredMethods, nativeCompiler, nativeCost, scriptProgram } from '../../../../tools/type-cost.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../../', import.meta.url));
const folder = new URL('../../../../.cache/contract-cost/', import.meta.url);
const path = (name: string) => fileURLToPath(new URL(name, folder));

/** A library with a service, whose class is decorated. */
function library(methods: number): string {
  return `import { Backend, NetronService, Query } from '@omnitron-dev/aether/netron';
export interface IApi {
${declaredMethods(methods)}
  feed(from: number): AsyncIterable<Date>;
}
@Backend('main', { service: 'api@^1.0.0' })
export class Api extends NetronService<IApi> {
  @Query({ cache: 1_000 }) override async method0(id: string, options: { limit: number }): Promise<{ id: string; at: Date; value0: number }> {
    return this.query('method0', [id, options]);
  }
}
`;
}

/** An application, whose results have the types that the contract says. */
function application(methods: number, uses: number): string {
  const lines = Array.from({ length: uses }, (_, use) => {
    const at = (use * 7 + 1) % methods;
    return `export const value${use}: number | undefined = useQuery(Api, 'method${at}', () => ['x', { limit: ${use} }]).data()?.value${at};`;
  });
  return `import { useMutation, useQuery, useStream } from '@omnitron-dev/aether/netron';
import { Api } from './emitted/.cache/contract-cost/library-${methods}.js';
${lines.join('\n')}
${others}`;
}

/** One use of each other kind. */
const others = `export const changed: Promise<{ value2: number }> = useMutation(Api, 'method2').mutate('x', { limit: 1 });
export const newest: Date | undefined = useStream(Api, 'feed', [1]).data();
`;

/** Uses that are refused. */
const refused = (methods: number) => `// @ts-expect-error no such method
useQuery(Api, 'method${methods}', ['x', { limit: 1 }]);
// @ts-expect-error the arguments are missing
useQuery(Api, 'method1');
// @ts-expect-error a stream is no query
useQuery(Api, 'feed', [1]);
// @ts-expect-error a protected member
useMutation(Api, 'mutate');
`;

const common = {
  composite: false,
  incremental: false,
  declarationMap: false,
  sourceMap: false,
  skipLibCheck: true,
  rootDir: root,
  types: ['node'],
  lib: ['ES2023', 'ESNext.Disposable', 'ESNext.Decorators', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'],
};
const emit = { declaration: true, emitDeclarationOnly: true, outDir: 'emitted' };
const check = { declaration: false, noEmit: true };

/** Programs, in the order in which they are compiled: applications use what the libraries emit. */
const programs = {
  small: { name: 'library-30', text: library(30), options: { ...emit, experimentalDecorators: true } },
  large: { name: 'library-3000', text: library(3_000), options: { ...emit, experimentalDecorators: false } },
  right: { name: 'use-right', text: application(3_000, 30), options: check },
  few: { name: 'use-30', text: application(3_000, 30) + refused(3_000), options: check },
  many: { name: 'use-300', text: application(3_000, 300) + refused(3_000), options: check },
};
type Programs = keyof typeof programs;

// Compilers take their time where others are at work.
const patience = 900_000;

/** Packages whose declarations are used, as in a program that installs them. */
const packages = ['aether', 'netron', 'netron-browser', 'nexus'];

beforeAll(async () => {
  await run(nativeCompiler, ['-b', path('../../packages/aether')]);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(path('package.json'), '{ "type": "module" }');
  for (const { name, text, options } of Object.values(programs)) {
    await writeFile(path(`${name}.ts`), text);
    const config = {
      extends: '../../tsconfig.base.json',
      compilerOptions: { ...common, ...options },
      files: [`${name}.ts`],
      references: packages.map((folder) => ({ path: `../../packages/${folder}` })),
    };
    await writeFile(path(`${name}.json`), JSON.stringify(config));
  }
}, patience);

/** Compiles the own file of a program with the compiler written in TypeScript and returns the count. */
function scriptCost(config: string): number {
  const program = scriptProgram(config);
  const own = program.getSourceFile(program.getRootFileNames()[0]!)!;
  const found = [...program.getSyntacticDiagnostics(own), ...program.getSemanticDiagnostics(own)];
  expect(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
  const count = program.getInstantiationCount();
  program.emit(own, undefined, undefined, true);
  return count;
}

it(
  'TypeScript 7: a contract of 3,000 methods stays within the limits per method and per use',
  async () => {
    const count = { small: 0, large: 0, right: 0, few: 0, many: 0 };
    for (const [program, { name }] of Object.entries(programs))
      count[program as Programs] = await nativeCost(path(`${name}.json`));
    const { small, large, right, few, many } = count;
    expect(await readFile(path('emitted/.cache/contract-cost/library-3000.d.ts'), 'utf8')).toContain('class Api extends');
    expect((large - small) / 2_970).toBeLessThan(60);
    // Once for the class; names that are right make it look at their methods alone.
    expect((right - small) / 3_000).toBeLessThan(14);
    expect((few - right) / 3_000).toBeLessThan(30);
    expect((many - few) / 270).toBeLessThan(185);
  },
  patience,
);

it(
  'TypeScript 6: the same',
  () => {
    // Its own files alone: 3,000 methods are declared, then 300 of them used.
    expect(scriptCost(path('library-3000.json')) / 3_000).toBeLessThan(60);
    expect(scriptCost(path('use-300.json'))).toBeLessThan(180_000);
  },
  patience,
);
