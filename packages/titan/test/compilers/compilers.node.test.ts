/** A service as compilers other than Vitest's own translate its decorators. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transform } from '@swc/core';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { expect, it } from 'vitest';

const folder = new URL('../../../../.cache/titan-compilers/', import.meta.url);
const titan = fileURLToPath(new URL('../../src/index.ts', import.meta.url));
const zod = import.meta.resolve('zod');

const compilers = {
  async swc(source: string, legacy: boolean) {
    const own = legacy
      ? { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false }
      : { decoratorVersion: '2022-03' as const };
    const parser = { syntax: 'typescript', decorators: true } as const;
    return (await transform(source, { jsc: { target: 'es2022', parser, transform: own } })).code;
  },
  async tsc(source: string, legacy: boolean) {
    const dialect = { experimentalDecorators: legacy, emitDecoratorMetadata: legacy, useDefineForClassFields: !legacy };
    const compilerOptions = { target: ScriptTarget.ES2022, module: ModuleKind.ESNext, ...dialect };
    return transpileModule(source, { compilerOptions }).outputText;
  },
};

it.each([
  ['swc', 'legacy'],
  ['swc', 'standard'],
  ['tsc', 'legacy'],
  ['tsc', 'standard'],
] as const)('%s, %s dialect', async (compiler, dialect) => {
  const text = await readFile(new URL('service.ts.txt', import.meta.url), 'utf8');
  const source = text.replace("'@omnitron-dev/titan'", `'${titan}'`).replace("'zod'", `'${zod}'`);
  await mkdir(folder, { recursive: true });
  const file = new URL(`${compiler}-${dialect}.js`, folder);
  await writeFile(file, await compilers[compiler](source, dialect === 'legacy'));
  const { use } = (await import(/* @vite-ignore */ file.href)) as { use(): Promise<unknown[]> };
  expect(await use()).toEqual([4, 4, 1, '1 2 3', 'invalid_argument', 'unauthenticated']);
});
