import { SourceMap } from 'node:module';
import { describe, expect, it } from 'vitest';
import { type CompileOptions, compile } from '../../src/vite/compile.js';

const code = async (source: string, options?: CompileOptions) => (await compile(source, 'view.tsx', options))?.code;

describe('the compiler', () => {
  it('compiles constant parts to a template, and other parts to functions', async () => {
    expect(await code('const v = <p class="a" title={t()}>Hi, <b>{n}</b>!<i onClick={o.f}/></p>;')).toBe(
      `import { text as _$text, listen as _$listen, boundTemplate as _$boundTemplate, block as _$block } ` +
        `from '@omnitron-dev/aether/jsx-runtime';` +
        `const _$t0 = /*#__PURE__*/ _$boundTemplate("<p class=\\"a\\">Hi, <b></b>!<i></i></p>", ` +
        `[{ path: [], name: "title", by: _$text }, { path: [1], only: true }, { path: [3], name: "onClick", by: /*#__PURE__*/ _$listen("click") }]);` +
        `const v = _$block(_$t0, [() => (t()), (n), (o.f), ]);`,
    );
  });

  it('compiles all values to one function for a server, unless one must be evaluated in place', async () => {
    expect(await code('const v = <p title={t()} onClick={f}>{n}<b/>x{m.y}</p>;', { server: true })).toBe(
      `import { template as _$template } from '@omnitron-dev/aether';` +
        `import { served as _$served } from '@omnitron-dev/aether/ssr';` +
        `const _$t0 = /*#__PURE__*/ _$template("<p><!><b></b>x<!></p>", [{ path: [], name: "title" }, ` +
        `{ path: [], name: "onClick" }, { path: [0] }, { path: [3] }]);` +
        `const v = _$served(_$t0, (_$i) => _$i === 0 ? (t()) : _$i === 1 ? (f) : _$i === 2 ? (n) : (m.y));`,
    );
    expect(await code('let n = 0; n++; const v = <p>{n}</p>;', { server: true })).toContain('_$block(_$t0, [(n), ])');
  });

  it('compiles properties of components to getters, and leaves functions and variables unchanged', async () => {
    expect(await code('const v = <Show when={u()} by={f} key="k">{u().name}</Show>;')).toBe(
      `import { component as _$component } from '@omnitron-dev/aether/jsx-runtime';` +
        `const v = _$component(Show, { get "when"() { return (u()); }, "by": (f), get children() { return (u().name); } }, "k");`,
    );
  });

  it('leaves addresses that would run a script to the code that checks addresses, wherever browsers accept them', async () => {
    const addresses = ['javascript:1', ' JavaScript:1', 'java&#10;script:1', '&#1;javascript:1', 'a; javascript:1'];
    for (const address of addresses) {
      const compiled = await code(`const v = <set to="${address}" values="${address}"/>;`);
      expect(compiled).toContain('_$boundTemplate("<set></set>"');
      expect(compiled?.split('by: _$address')).toHaveLength(3);
    }
  });

  it('renders spread children', async () => {
    expect(await code('const v = <p>{...[1, n]}</p>;')).toContain('_$block(_$t0, [([1, n]), ])');
  });

  it('imports only the setters of the used attributes', async () => {
    const binders = async (element: string) =>
      [...((await code(`v = ${element};`)) ?? '').matchAll(/by: (?:\/\*#__PURE__\*\/ )?_\$(\w+(?:\(.*?\))?)/g)].map(
        ([, by]) => by,
      );
    expect(
      await binders(
        '<a onKeyDownCapture={f} onGotPointerCapture={f} ref={r} class={c} style={s} href={h} title={t} onClick={f} on:own={f} ONCLICK={f} xlink:href={h} />',
      ),
    ).toEqual([
      'listen("keydown", true)',
      'listen("gotpointercapture")',
      'refer',
      'classes',
      'styles',
      'address',
      'text',
      'listen("click")',
      'listen("own")',
      'named',
      'named',
    ]);
    expect(await binders('<input value={v} checked={c} min={m} name={n} />')).toEqual(['fieldValue', 'state', 'limit', 'text']);
    expect(await binders('<textarea value={v} />')).toEqual(['state']);
    expect(await binders('<button value={v} type={t} />')).toEqual(['text', 'text']);
    expect(await binders('<div innerHTML={h} prop:own={o} />')).toEqual(['markup', 'named']);
    expect(await binders('<my-card value={v} title={t} onClick={f} ref={r} />')).toEqual(['named', 'named', 'named', 'refer']);
  });

  it('marks uses of components, and those with getters', async () => {
    const uses = async (source: string) =>
      [...((await code(source)) ?? '').matchAll(/_\$(\w+)\((\w+), \{/g)].map((found) => found.slice(1));
    const known = `import { lazy, Show } from '@omnitron-dev/aether'; function A() {} const B = () => <A/>; const C = lazy(() => 0);`;
    expect(await uses(`${known} v = [<A/>, <B a={1}/>, <C/>, <Show when={a()}/>];`)).toEqual([
      ['use', 'A'],
      ['use', 'A'],
      ['use', 'B'],
      ['use', 'C'],
      ['useLater', 'Show'],
    ]);
    // Each of these may be the name of an element.
    expect(await uses(`import { A } from './a.js'; let B = () => 0; const C = x; v = [<A/>, <B a={b()}/>, <C/>];`)).toEqual([
      ['jsx', 'A'],
      ['component', 'B'],
      ['jsx', 'C'],
    ]);
    expect(await uses(`function A() {} function f(A) { return <A/>; }`)).toEqual([['jsx', 'A']]);
    expect(await uses(`function A() {} A = 'p'; v = <A/>;`)).toEqual([['jsx', 'A']]);
  });

  it('determines the namespace of children only where it can differ', async () => {
    expect(await code('const v = <svg>{n}</svg>;')).toContain('[{ path: [], only: true }], _$inside)');
    expect(await code('const v = <g>{n}</g>;')).not.toContain('inside');
  });

  it('leaves modules without JSX, of other libraries or with syntax errors unchanged', async () => {
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
