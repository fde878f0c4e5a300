/** Any view shows the same, compiled for a page, compiled for a server, and as it is. */
import { transform } from 'esbuild';
import fc from 'fast-check';
import { type DefaultTreeAdapterTypes, parseFragment, serialize } from 'parse5';
import { expect, it } from 'vitest';
import * as views from '../../src/index.js';
import * as jsxRuntime from '../../src/jsx-runtime.js';
import * as ssr from '../../src/ssr.js';
import { type CompileOptions, compile } from '../../src/vite/compile.js';

const { signal } = views;

/** Signals and components that the views use. */
const surroundings = () => ({
  a: signal(1),
  flag: signal(true),
  word: signal('<&"'),
  list: signal<readonly number[]>([1, 2]),
  Box: (props: { title?: unknown; children?: views.View }) => () => [String(props.title), props.children] as views.View,
  Plain: (props: { children?: views.View }) => props.children,
  Named: () => views.useId(),
});
type Surroundings = ReturnType<typeof surroundings>;

const expression = fc.constantFrom(
  'a()',
  'a',
  'a() + 1',
  'word()',
  'word() + "-" + a()',
  'flag() && word()',
  'flag() ? a() : null',
  'undefined',
  'false',
  '0',
  '() => a() * 2',
  '"text"',
  'list().length',
  'list().join()',
);
const attribute = fc.oneof(
  expression.map((value) => `title={${value}}`),
  expression.map((value) => `data-x={${value}}`),
  fc.constantFrom(
    'class={{ on: flag(), off: !flag() }}',
    'class={["x", flag() && "y"]}',
    'style={{ color: "red", width: a() + "px" }}',
    'hidden={flag()}',
    'aria-busy={flag()}',
    'lang="en"',
    'disabled',
    'onClick={() => a.set(2)}',
    'id={useId()}',
    '{...{ id: word(), title: "last" }}',
    'href="javascript:alert(1)"',
  ),
);
const text = fc.constantFrom('text', ' two  words ', '&amp;&nbsp;', '\n  lines\n  of it\n', '');
const tag = fc.constantFrom('p', 'b', 'section', 'svg', 'custom-element');

const { view } = fc.letrec<{ view: string; child: string; children: string }>((tie) => ({
  view: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'views' },
    fc
      .tuple(tag, fc.uniqueArray(attribute, { maxLength: 3, selector: (each) => each.replace(/=.*/s, '') }))
      .map(([name, attributes]) => `<${name} ${attributes.join(' ')} />`),
    fc
      .tuple(tag, fc.uniqueArray(attribute, { maxLength: 2, selector: (each) => each.replace(/=.*/s, '') }), tie('children'))
      .map(([name, attributes, children]) => `<${name} ${attributes.join(' ')}>${children}</${name}>`),
    tie('children').map((children) => `<>${children}</>`),
    fc.tuple(expression, tie('children')).map(([title, children]) => `<Box title={${title}}>${children}</Box>`),
    tie('children').map((children) => `<Plain>${children}</Plain>`),
    fc.tuple(tie('view'), tie('view')).map(([shown, fallback]) => `<Show when={flag()} fallback={${fallback}}>${shown}</Show>`),
    tie('view').map((row) => `<For each={list()}>{(n) => <li title={n}>{n}${row}</li>}</For>`),
    tie('view').map((row) => `<Index each={list()}>{(n) => <li>{n}${row}</li>}</Index>`),
  ),
  child: fc.oneof(
    { depthIdentifier: 'views' },
    text,
    expression.map((value) => `{${value}}`),
    tie('view'),
    fc.constantFrom('<Named />', '{useId()}', '<Box title={useId()} />'),
    tie('view').map((each) => `{flag() ? ${each} : "none"}`),
    tie('view').map((each) => `{list().map((n) => <i key={n}>{n}${each}</i>)}`),
  ),
  children: fc.array(tie('child'), { maxLength: 3, depthIdentifier: 'views' }).map((parts) => parts.join('')),
}));

const modules: Record<string, unknown> = {
  '@omnitron-dev/aether': views,
  '@omnitron-dev/aether/ssr': ssr,
  '@omnitron-dev/aether/jsx-runtime': jsxRuntime,
};

/** Makes a component of its source; `undefined` compiles nothing. */
async function program(source: string, options: CompileOptions | undefined): Promise<(given: Surroundings) => views.View> {
  const compiled = options === undefined ? source : ((await compile(source, 'view.tsx', options))?.code ?? source);
  const { code } = await transform(compiled, {
    loader: 'tsx',
    format: 'cjs',
    jsx: 'automatic',
    jsxImportSource: '@omnitron-dev/aether',
  });
  const module = { exports: {} as { default?: (given: Surroundings) => views.View } };
  new Function('require', 'module', 'exports', code)((name: string) => modules[name], module, module.exports);
  return module.exports.default as (given: Surroundings) => views.View;
}

/** What a server writes of a view, at first and after changes; what it fails with, if it does. */
async function shown(component: (given: Surroundings) => views.View): Promise<string[]> {
  const changes: ((given: Surroundings) => void)[] = [
    () => {},
    ({ flag, a }) => void (flag.set(false), a.set(7)),
    ({ list, word }) => void (list.set([]), word.set('</script>')),
  ];
  return Promise.all(
    changes.map(async (change) => {
      const given = surroundings();
      change(given);
      return ssr.renderToString(() => component(given)).catch((error: unknown) => String(error));
    }),
  );
}

/** The document that a page becomes. The order of attributes and the marks between texts, which mean nothing, may differ. */
function documentOf(page: string): string {
  const fragment = parseFragment(page.replaceAll(/<!--.*?-->/g, ''));
  const sort = (node: DefaultTreeAdapterTypes.Node): void => {
    if ('attrs' in node) node.attrs.sort((a, b) => (a.name < b.name ? -1 : 1));
    if ('childNodes' in node) for (const child of node.childNodes) sort(child);
  };
  sort(fragment);
  return serialize(fragment);
}

/** Leaves ids out: a view that is compiled has other places. */
const withoutIds = (page: string): string => page.replaceAll(/s[\dc-]*_\d+/g, 'id');

it('any view renders the same compiled for a page, compiled for a server, and uncompiled', async () => {
  await fc.assert(
    fc.asyncProperty(view, async (source) => {
      const names = Object.keys(surroundings()).join(', ');
      const module = `import { For, Index, Show, useId } from '@omnitron-dev/aether';\nexport default ({ ${names} }) => ${source};`;
      const [plain, page, server] = await Promise.all(
        [undefined, {}, { server: true }].map(async (options) => (await shown(await program(module, options))).map(documentOf)),
      );
      expect(page?.map(withoutIds)).toEqual(plain?.map(withoutIds));
      expect(server).toEqual(page);
    }),
    { numRuns: 150, seed: 1 },
  );
});
