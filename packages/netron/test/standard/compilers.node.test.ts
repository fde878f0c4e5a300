/**
 * The decorator suites as other compilers translate them. Vitest itself runs them by oxc (legacy) and esbuild (standard).
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transform as swc } from '@swc/core';
import { transform as esbuild } from 'esbuild';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';

type Dialect = 'legacy' | 'standard';
type Compile = (source: string, dialect: Dialect) => Promise<string>;

const sources: Record<Dialect, URL> = {
  legacy: new URL('../../src/service/declare/decorators.test.ts', import.meta.url),
  standard: new URL('./decorators.test.ts', import.meta.url),
};

const compilers: Record<string, Compile> = {
  async tsc(source, dialect) {
    const experimentalDecorators = dialect === 'legacy';
    const { outputText } = transpileModule(source, {
      compilerOptions: {
        target: ScriptTarget.ES2022,
        module: ModuleKind.ESNext,
        experimentalDecorators,
        emitDecoratorMetadata: experimentalDecorators,
        useDefineForClassFields: !experimentalDecorators,
        verbatimModuleSyntax: true,
      },
    });
    return outputText;
  },
  async swc(source, dialect) {
    const { code } = await swc(source, {
      jsc: {
        target: 'es2022',
        parser: { syntax: 'typescript', decorators: true },
        transform:
          dialect === 'legacy'
            ? { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false }
            : { decoratorVersion: '2022-03' },
      },
    });
    return code;
  },
  async esbuild(source, dialect) {
    const legacy = dialect === 'legacy';
    const { code } = await esbuild(source, {
      loader: 'ts',
      target: 'es2022',
      tsconfigRaw: {
        compilerOptions: { experimentalDecorators: legacy, useDefineForClassFields: !legacy, verbatimModuleSyntax: true },
      },
    });
    return code;
  },
};

const folder = new URL('../../../../.cache/decorators/', import.meta.url);
await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });

for (const [name, compile] of Object.entries(compilers)) {
  for (const dialect of ['legacy', 'standard'] as const) {
    const source = await readFile(sources[dialect], 'utf8');
    const code = await compile(
      relocated(source, sources[dialect]).replace(`'${dialect}', fixtures`, `'${dialect} by ${name}', fixtures`),
      dialect,
    );
    const file = new URL(`${name}-${dialect}.js`, folder);
    await writeFile(file, code);
    await import(/* @vite-ignore */ file.href);
  }
}

/** The same source with imports that hold from any folder. */
function relocated(source: string, from: URL): string {
  return source.replace(/from '(\.[^']+)\.js'/g, (_, path: string) => `from '${fileURLToPath(new URL(`${path}.ts`, from))}'`);
}
