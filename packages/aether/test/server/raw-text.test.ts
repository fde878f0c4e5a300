/** Texts in `style` and `script`, and in whatever stands around them, read by a parser that runs scripts and by one that does not. */
import fc from 'fast-check';
import { parse, parseFragment } from 'parse5';
import { expect, it } from 'vitest';
import type { View } from '../../src/index.js';
import { jsx } from '../../src/jsx-runtime.js';
import { renderToString } from '../../src/ssr.js';

/** Elements that parsers treat in ways of their own, and some that they do not. */
const tags = (
  'noscript iframe noembed noframes xmp plaintext title textarea select frameset option optgroup table tr td caption colgroup ' +
  'template head body html form button a p li dd h1 ruby rt object svg math foreignObject desc mi mtext annotation-xml mglyph ' +
  'malignmark style script pre listing div b nobr dialog NOSCRIPT Iframe SELECT Title'
).split(' ');
/** Those that may put a parser into another state. */
const turns = 'svg math foreignObject mi p noscript title select mglyph table desc annotation-xml template frameset'.split(' ');
const tag = fc.oneof(fc.constantFrom(...turns), fc.constantFrom(...tags));

interface Tree {
  readonly tag: string;
  /** The children before the one in which the text is. */
  readonly before: readonly string[];
  /** Whether the children are given by a function. */
  readonly later: boolean;
}
const tree = fc.record({ tag, before: fc.array(tag, { maxLength: 2 }), later: fc.boolean() });
/** Tags in the text, as an attacker would write them: `!` is a comment. */
const markup = fc.array(
  fc.oneof(
    tag.map((name) => `<${name}>`),
    tag.map((name) => `</${name}>`),
    fc.constantFrom(
      '<!--',
      '-->',
      '--!>',
      '<input>',
      '<script>',
      '</script',
      '</style ',
      '<![CDATA[',
      ']]>',
      '<?x',
      '</p>',
      '<br>',
    ),
  ),
  { maxLength: 6 },
);

const element = (name: string, children?: unknown): View => jsx(name, { children } as never) as View;

function viewOf(outer: readonly Tree[], raw: string, text: string): View {
  let view = element(raw, text);
  for (const { tag, before, later } of [...outer].reverse()) {
    const inner = view;
    const children = [...before.map((name) => element(name)), inner];
    view = element(tag, later ? () => children : children);
  }
  return view;
}

interface Parsed {
  readonly nodeName: string;
  readonly value?: string;
  readonly attrs?: readonly { readonly name: string }[];
  readonly childNodes?: readonly Parsed[];
  readonly content?: Parsed;
}
const all = (node: Parsed): Parsed[] => [
  node,
  ...(node.childNodes ?? []).flatMap(all),
  ...(node.content === undefined ? [] : all(node.content)),
];

/** All nodes that parsers read when the HTML is a document, a body, or a part of a stream. */
const read = (html: string): Parsed[] =>
  [true, false].flatMap((scriptingEnabled) =>
    [html, `<!doctype html><body>${html}`, `<body><template>${html}</template>`].flatMap((text) =>
      all(parse(text, { scriptingEnabled }) as Parsed),
    ),
  );
const forged = (html: string) => read(html).filter(({ attrs }) => attrs?.some(({ name }) => name === 'data-forged'));

const attack = '<img data-forged><frame data-forged><input data-forged><img data-forged>';

it('text in a style or a script is never parsed as markup, whatever surrounds it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(tree, { maxLength: 6 }),
      fc.constantFrom('style', 'script', 'STYLE', 'title', 'p'),
      markup,
      async (outer, raw, tags) => {
        const html = await renderToString(viewOf(outer, raw, tags.join('') + attack));
        expect(forged(html), html).toEqual([]);
      },
    ),
    { numRuns: 2_000, seed: 12 },
  );
});

it.each(tags.flatMap((outer) => ['style', 'script'].map((inner) => [outer, inner] as const)))(
  'text with the end tag of <%s> does not end it within its <%s>',
  async (outer, inner) => {
    for (const text of [
      `</${outer}>${attack}`,
      `</${inner}></${outer}>${attack}`,
      `</${outer.toUpperCase()} ${attack}`,
      attack,
    ]) {
      const html = await renderToString(element('div', element(outer, element(inner, text))));
      expect(forged(html), html).toEqual([]);
      const within = await renderToString(element('section', element(outer, element('p', element(inner, text)))));
      expect(forged(within), within).toEqual([]);
    }
  },
);

it.each([
  'malignmark title mi',
  'svg p noscript foreignObject',
  'svg p math foreignObject',
  'math mrow p svg mi',
  'select svg foreignObject',
  'title math mtext',
])('text does not become markup in SVG and MathML that parsers close or ignore: %s', async (names) => {
  const outer = names.split(' ');
  const closed = outer.map((tag) => `</${tag}>`).join('');
  for (const raw of ['style', 'script']) {
    for (const text of [attack, closed + attack]) {
      const html = await renderToString(outer.reduceRight((inner, tag) => element(tag, inner), element(raw, text)));
      expect(forged(html), html).toEqual([]);
    }
  }
});

it('a style within noscript keeps its meaning', async () => {
  const css = '@media (width < 600px) { nav > a::after { content: "</noscript><b>" } }';
  const html = await renderToString(element('noscript', element('style', css)));
  expect(html).toBe(
    '<noscript><style>@media (width < 600px) { nav > a::after { content: "\\3c /noscript>\\3c b>" } }</style></noscript>',
  );
  const text = all(parseFragment(html, { scriptingEnabled: false } as never) as Parsed).find(
    ({ nodeName }) => nodeName === '#text',
  );
  expect(text?.value).toBe('@media (width < 600px) { nav > a::after { content: "\\3c /noscript>\\3c b>" } }');
});

it('JSON in a script is kept, also where parsers do not treat it as a script', async () => {
  const data = { html: '</noscript><script><!--</script>' };
  const html = await renderToString(
    element('noscript', jsx('script', { type: 'application/json', children: JSON.stringify(data) } as never)),
  );
  expect(JSON.parse(/>([^<]*)<\/script>/.exec(html)?.[1] as string)).toEqual(data);
});
