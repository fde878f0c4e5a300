/** A page that takes HTML of its policies only, and scripts with a nonce only: Trusted Types and a strict policy for scripts. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ViteDevServer } from 'vite';
import { expect, it } from 'vitest';
import { openVitePage } from '../vite-page.js';

const files = {
  'view.tsx': `
import { resource, Show, Suspense, signal, trusted } from '@omnitron-dev/aether';
const policy = globalThis.trustedTypes?.createPolicy('own', { createHTML: (text: string) => text });
const marked = (text: string) => trusted(policy === undefined ? text : policy.createHTML(text));
const isMarked = signal(true);
const open = signal(false);
const wrong = signal(false);
const Late = (props: { load: () => Promise<string> }) => {
  const text = resource(props.load, { suspend: true, key: 'late' });
  return <b>{text}</b>;
};
export const App = (props: { load: () => Promise<string> }) => (
  <main>
    <a onClick={() => open.set(true)}>open</a>
    <i onClick={() => isMarked.set(false)}>unmark</i>
    <u onClick={() => wrong.set(true)}>wrong</u>
    <p innerHTML={() => isMarked() ? marked('<s>marked</s>') : undefined} />
    <Suspense fallback="waiting"><Late load={props.load} /></Suspense>
    <Show when={open}>
      <section><svg><circle r="1" /></svg><iframe srcdoc={marked('framed')} /></section>
    </Show>
    <Show when={wrong}><h1 innerHTML={trusted('<s>of nobody</s>')} /></Show>
    <Show when={wrong}><script src={() => '/script.js'} /></Show>
  </main>
);`,
  'server.tsx': `
import { renderToStream } from '@omnitron-dev/aether/ssr';
import { App } from './view.tsx';
export const write = (nonce: string) =>
  renderToStream(() => <App load={() => new Promise((resolve) => setImmediate(resolve, 'came'))} />, { nonce });`,
  'hydrate.tsx': `
import { hydrate } from '@omnitron-dev/aether/ssr';
import { App } from './view.tsx';
hydrate(<App load={() => Promise.reject(new Error('asked again'))} />, document.body);`,
  'render.tsx': `
import { render } from '@omnitron-dev/aether';
import { App } from './view.tsx';
document.body.replaceChildren();
render(<App load={async () => 'came'} />, document.body);`,
};

/** Notes what the browser refuses. */
const noting = `violations = [];
addEventListener('securitypolicyviolation', ({ effectiveDirective, sample }) => violations.push(effectiveDirective + ' ' + sample));`;

/** Sends the page: what is shown is streamed, then taken over or shown anew. */
const server = (policies: string, before = '') => ({
  name: 'server',
  config: () => ({ server: { hmr: false as const } }),
  configureServer(vite: ViteDevServer) {
    vite.middlewares.use('/page', (request, response, next) => {
      const script = new URL(request.url ?? '', 'http://page').search.slice(1);
      const policy = `script-src 'nonce-n1' 'strict-dynamic'; require-trusted-types-for 'script'; trusted-types ${policies}`;
      response.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': policy });
      response.write(`<!doctype html><head><link rel="icon" href="data:,"><script nonce="n1">${noting}${before}</script>
        <script type="module" nonce="n1" src="/${script}.tsx"></script></head><body>`);
      vite
        .ssrLoadModule('/server.tsx')
        .then(({ write }) => pipeline((write as (nonce: string) => ReadableStream<Uint8Array>)('n1'), response))
        .catch(next);
    });
  },
});

const modes: [name: string, exclude: RegExp | undefined][] = [
  ['compiled', undefined],
  ['at run time', /\.tsx$/],
];

async function opened(policies: string, before: string, exclude: RegExp | undefined) {
  const root = await mkdtemp(join(tmpdir(), 'aether-policy-'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(root, name), text);
  const page = await openVitePage(root, async () => 'page?hydrate', [server(policies, before)], exclude && { exclude });
  const messages: string[] = [];
  page.tab.on('console', (message) => void (message.type() === 'error' && messages.push(message.text())));
  page.tab.on('pageerror', ({ message }) => void messages.push(message));
  return {
    ...page,
    messages,
    // Asked for from here: the page's policy refuses code that Playwright would evaluate in it again and again.
    shows: (html: string) =>
      expect
        .poll(() =>
          page.tab.evaluate(() => document.querySelector('main')?.innerHTML.replaceAll(/<!--.*?-->|<[aiu]>.*?<\/[aiu]>/g, '')),
        )
        .toBe(html),
    violations: () => page.tab.evaluate('violations'),
    async [Symbol.asyncDispose]() {
      await page[Symbol.asyncDispose]();
      await rm(root, { recursive: true, force: true });
    },
  };
}

it.each(modes)('views are streamed, hydrated and rendered, and HTML of a Trusted Types policy is set: %s', async (_, exclude) => {
  await using page = await opened('aether own', '', exclude);
  const { tab, shows } = page;
  for (const way of ['hydrate', 'render']) {
    page.messages.length = 0;
    await tab.goto(`${page.origin}/page?${way}`);
    await shows('<p><s>marked</s></p><b>came</b>');
    await tab.click('a');
    await shows(
      '<p><s>marked</s></p><b>came</b><section><svg><circle r="1"></circle></svg><iframe srcdoc="framed"></iframe></section>',
    );
    expect(await tab.evaluate(`document.querySelector('circle').namespaceURI`)).toBe('http://www.w3.org/2000/svg');
    await tab.click('i');
    await expect.poll(() => tab.evaluate(() => document.querySelector('p')?.childNodes.length)).toBe(0);
    expect([await page.violations(), page.messages]).toEqual([[], []]);
    // What no policy has made is refused: the page is as strict as it says.
    await tab.click('u');
    await expect
      .poll(page.violations)
      .toEqual([
        'require-trusted-types-for Element innerHTML|<s>of nobody</s>',
        'require-trusted-types-for HTMLScriptElement src|/script.js',
      ]);
    expect(await tab.evaluate(`document.querySelector('h1 s')`)).toBeNull();
  }
});

it('a page that does not list the policy uses its default policy for all strings', async () => {
  const all = `trustedTypes.createPolicy('default', { createHTML: (text) => text });`;
  await using page = await opened('default own', all, undefined);
  await page.tab.goto(`${page.origin}/page?render`);
  await page.shows('<p><s>marked</s></p><b>came</b>');
});

it('a second copy that the page does not allow reports that, and works where it is allowed', async () => {
  const first = `trustedTypes.createPolicy('aether', { createHTML: (text) => text });`;
  const warnings: string[] = [];
  for (const policies of ['aether own', "aether own 'allow-duplicates'"]) {
    await using page = await opened(policies, first, undefined);
    page.tab.on('console', (message) => void (message.type() === 'warning' && warnings.push(message.text())));
    await page.tab.goto(`${page.origin}/page?render`);
    if (policies === 'aether own') await expect.poll(() => warnings).toEqual(['trusted-types refuses aether, or a second one']);
    else await page.shows('<p><s>marked</s></p><b>came</b>');
  }
  expect(warnings.length).toBe(1);
});
