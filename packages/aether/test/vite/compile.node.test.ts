import { SourceMap } from 'node:module';
import { describe, expect, it } from 'vitest';
import { type CompileOptions, compile } from '../../src/vite/compile.js';

const code = async (source: string, options?: CompileOptions) => (await compile(source, 'view.tsx', options))?.code;

describe('the compiler', () => {
  it('makes a template of what never changes, and functions of what may', async () => {
    expect(await code('const v = <p class="a" title={t()}>Hi, <b>{n}</b>!<i onClick={o.f}/></p>;')).toBe(
      `import { block as _$block, template as _$template } from '@omnitron-dev/aether';` +
        `const _$t0 = /*#__PURE__*/ _$template("<p class=\\"a\\">Hi, <b></b>!<i></i></p>", ` +
        `[{ path: [], name: "title" }, { path: [1], only: true }, { path: [3], name: "onClick" }]);` +
        `const v = _$block(_$t0, [() => (t()), (n), (o.f), ]);`,
    );
  });

  it('makes one function of all values for a server, unless one has to be evaluated where it stands', async () => {
    expect(await code('const v = <p title={t()} onClick={f}>{n}<b/>x{m.y}</p>;', { server: true })).toBe(
      `import { template as _$template } from '@omnitron-dev/aether';` +
        `import { served as _$served } from '@omnitron-dev/aether/ssr';` +
        `const _$t0 = /*#__PURE__*/ _$template("<p><!><b></b>x<!></p>", [{ path: [], name: "title" }, ` +
        `{ path: [], name: "onClick" }, { path: [0] }, { path: [3] }]);` +
        `const v = _$served(_$t0, (_$i) => _$i === 0 ? (t()) : _$i === 1 ? (f) : _$i === 2 ? (n) : (m.y));`,
    );
    expect(await code('let n = 0; n++; const v = <p>{n}</p>;', { server: true })).toContain('_$block(_$t0, [(n), ])');
  });

  it('makes getters of the properties of components, and leaves functions and variables alone', async () => {
    expect(await code('const v = <Show when={u()} by={f} key="k">{u().name}</Show>;')).toBe(
      `import { component as _$component } from '@omnitron-dev/aether';` +
        `const v = _$component(Show, { get "when"() { return (u()); }, "by": (f), get children() { return (u().name); } }, "k");`,
    );
  });

  it('leaves modules without JSX, of other libraries and with syntax errors as they are', async () => {
    expect(await code('const a: number = 1 as number;')).toBeUndefined();
    expect(await code('/** @jsxImportSource react */ const v = <p/>;')).toBeUndefined();
    expect(await code('const v = <p>;')).toBeUndefined();
  });

  it('maps each expression to its place in the source', async () => {
    const source = 'const v = (\n  <p\n    title="a"\n  >\n    {first()}\n    <b>{second.value}</b>\n  </p>\n);\n';
    const compiled = await compile(source, 'view.tsx');
    const map = new SourceMap({ ...(compiled?.map as unknown as ConstructorParameters<typeof SourceMap>[0]) });
    const placeOf = (text: string, word: string) => {
      const before = text.slice(0, text.indexOf(word)).split('\n');
      return { line: before.length - 1, column: (before.at(-1) as string).length };
    };
    for (const word of ['first()', 'second.value']) {
      const { line, column } = placeOf(compiled?.code as string, word);
      const { originalLine, originalColumn } = map.findEntry(line, column) as { originalLine: number; originalColumn: number };
      expect({ line: originalLine, column: originalColumn }).toEqual(placeOf(source, word));
    }
  });
});
