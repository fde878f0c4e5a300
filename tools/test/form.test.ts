import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { escaped } from '../packages/ascii.mjs';
import { publishedManifest } from '../packages/manifest.mjs';
import { pure } from '../packages/pure.mjs';

describe('the published manifest', () => {
  it('has no condition of the sources, and nothing that only this repository uses', () => {
    const published = publishedManifest({
      name: 'a',
      private: true,
      sideEffects: ['./src/run.ts', './dist/run.js'],
      imports: { '#b': { browser: { '@omnitron-dev/source': './src/b.ts', default: './dist/b.js' }, default: './dist/c.js' } },
      exports: { '.': { '@omnitron-dev/source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' } },
      devDependencies: { c: '1.0.0' },
    });
    expect(published).toEqual({
      name: 'a',
      sideEffects: ['./dist/run.js'],
      files: ['dist'],
      imports: { '#b': { browser: './dist/b.js', default: './dist/c.js' } },
      exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    });
  });
});

describe('what a page does not use of a chunk', () => {
  /** The statements that a bundler keeps of a module of which nothing is used. */
  async function kept(code: string): Promise<string> {
    const marked = pure.transform(code)?.code ?? code;
    const options = { bundle: true, write: false, format: 'esm', target: 'es2022', minifyWhitespace: true } as const;
    const { outputFiles } = await build({ ...options, stdin: { contents: `${marked}\nexport {}` }, treeShaking: true });
    return outputFiles[0]!.text.trim();
  }

  it.each([
    ['a call', 'const a = make();'],
    ['a call in a call', 'const a = new Map(list.map((x) => [x, x]));'],
    ['properties', 'const a = { of: Thing.prototype };'],
    ['a class with a static block', 'class A { static { register(this); } }'],
    ['a class with members of computed names', 'const key = Symbol("key"); class A { [key] = 1; static [key]() {} }'],
    ['a class with static values', 'class A { static known = new Set(list); }'],
  ])('is left out: %s', async (_name, code) => {
    expect(await kept(code)).toBe('');
  });

  it('is kept where it acts', async () => {
    expect(await kept('const a = 1; start(a);')).toContain('start(');
  });

  it('means the same', async () => {
    const code =
      'const map = new Map([["a", 1]].map((x) => x)); class A { static { A.made = map.size; } static b = A.made + 1; }';
    const run = (text: string) =>
      new Function(`${text}; return [map.get('a'), A.made, A.b, A.name, new A() instanceof A];`)() as unknown;
    expect(run(pure.transform(code)!.code)).toEqual([1, 1, 2, 'A', true]);
    expect(run(code)).toEqual([1, 1, 2, 'A', true]);
  });
});

describe('a published script', () => {
  it('is ASCII, and means the same', () => {
    const code = 'return ["…", `a → é`, /\u00e9/.test("é"), "😀".length, "\ufffd"];';
    const written = escaped(code);
    expect(written).toMatch(/^[\0-\x7f]*$/);
    expect(new Function(written)()).toEqual(new Function(code)());
  });
});

describe('what cannot be written in ASCII', () => {
  it.each([
    ['a character behind a backslash', 'const a = "\\é";'],
    ['a raw template', 'const a = String.raw`é`;'],
  ])('%s is refused', (_name, code) => {
    expect(() => escaped(code)).toThrow(/ASCII/);
  });
});
