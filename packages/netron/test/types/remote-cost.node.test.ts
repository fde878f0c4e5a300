/**
 * What `Remote` costs the compiler, by its own count: a client that calls three methods of a service, in a program that
 * declares a service of 30 and one of 3,000.
 */
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../../', import.meta.url));
const folder = new URL('../../../../.cache/remote-cost/', import.meta.url);
const source = new URL('../../src/service/call/remote.ts', import.meta.url);

type Declaration = 'interface' | 'class';
type Use = 'plain' | 'remote';

function program(declaration: Declaration, use: Use, methods: number): string {
  const returns = (data: string) => (declaration === 'interface' ? `Promise<${data}>` : data);
  const members = Array.from({ length: methods }, (_, at) => {
    return `  method${at}(id: string, options: { limit: number; tag${at}?: string }): ${returns(`{ id: string; at: Date; value${at}: number }`)};`;
  });
  return [
    `import type { Remote } from '${fileURLToPath(source).replace(/\.ts$/, '.js')}';`,
    `export type Used = Remote<{ x(): Promise<number> }>['x'];`,
    `export declare ${declaration} Api {\n${members.join('\n')}\n}`.replace('declare interface', 'interface'),
    `declare const client: ${use === 'remote' ? 'Remote<Api>' : 'Api'};`,
    ...[1, 7, 20].map((at) => `export const result${at} = client.method${at}('x', { limit: 1 });`),
  ].join('\n');
}

/** Compiles a program and returns how many types the compiler had to instantiate. */
async function instantiations(compiler: string, declaration: Declaration, use: Use, methods: number): Promise<number> {
  const config = new URL(`${declaration}-${use}-${methods}.json`, folder);
  const { stdout } = await run(fileURLToPath(new URL(`../../../../node_modules/.bin/${compiler}`, import.meta.url)), [
    '-p',
    fileURLToPath(config),
    '--extendedDiagnostics',
  ]);
  const count = /^Instantiations:\s+(\d+)/m.exec(stdout)?.[1];
  if (count === undefined) throw new Error(`${compiler} tells no number of instantiations:\n${stdout}`);
  return Number(count);
}

beforeAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const declaration of ['interface', 'class'] as const) {
    for (const use of ['plain', 'remote'] as const) {
      for (const methods of [30, 3000]) {
        const name = `${declaration}-${use}-${methods}`;
        await writeFile(new URL(`${name}.ts`, folder), program(declaration, use, methods));
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
          files: [`${name}.ts`],
        };
        await writeFile(new URL(`${name}.json`, folder), JSON.stringify(config));
      }
    }
  }
});

describe.each(['tsc', 'tsc6'])('Remote in %s', (compiler) => {
  it.each(['interface', 'class'] as const)(
    '%s of 3,000 methods costs what one of 30 does',
    async (declaration) => {
      const cost = async (methods: number) =>
        (await instantiations(compiler, declaration, 'remote', methods)) -
        (await instantiations(compiler, declaration, 'plain', methods));
      const few = await cost(30);
      const many = await cost(3000);
      expect(few).toBeGreaterThan(0);
      expect(few).toBeLessThan(5_000);
      expect(many - few).toBeLessThan(few * 0.05);
    },
    120_000,
  );
});
