import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { startUserServer, type UserServer } from '../netron/server.js';
import { openVitePage } from '../vite-page.js';

const page = `<!doctype html><body><script type="module">
  import { jsx } from '@omnitron-dev/aether/jsx-runtime';
  import { render } from '@omnitron-dev/aether';
  import { App } from '/app.tsx';
  render(jsx(App, {}), document.body);
  window.loads = (window.loads ?? 0) + 1;
</script>`;

const app = (word: string, start: number) => `
import { signal } from '@omnitron-dev/aether';
import { Name } from './name.tsx';
export function App() {
  const count = signal(0);
  const other = signal(${start});
  return <main>
    <button onClick={() => count.update((n) => n + 1)}>${word} {count()} {other()}</button>
    <Name of={String(count())} />
  </main>;
}`;

/** Changes a file in one step, so that it is seen once, and whole. */
async function change(root: string, file: string, text: string): Promise<void> {
  const next = join(root, '..', `${Date.now()}.next`);
  await writeFile(next, text);
  await rename(next, join(root, file));
}

const name = (mark: string) => `
import { defineComponent } from '@omnitron-dev/aether';
export const Name = defineComponent((props: { of: string }) => <i>{props.of}${mark}</i>);`;

it('a component is replaced in its place, and signals whose code is unchanged keep their values', async () => {
  vi.stubEnv('VITEST', '');
  const warned = vi.spyOn(console, 'error');
  const root = await mkdtemp(join(tmpdir(), 'aether-hot-'));
  await writeFile(join(root, 'index.html'), page);
  await writeFile(join(root, 'app.tsx'), app('one', 1));
  await writeFile(join(root, 'name.tsx'), name('.'));
  try {
    await using opened = await openVitePage(root);
    const { tab } = opened;
    const shows = (html: string) => tab.waitForFunction((text) => document.querySelector('main')?.innerHTML === text, html);
    await shows('<button>one 0 1</button><i>0.</i>');
    await tab.click('button');
    await tab.click('button');
    await shows('<button>one 2 1</button><i>2.</i>');
    await change(root, 'app.tsx', app('two', 5));
    await shows('<button>two 2 5</button><i>2.</i>');
    await tab.click('button');
    await change(root, 'name.tsx', name('!'));
    await shows('<button>two 3 5</button><i>3!</i>');
    expect(await tab.evaluate('window.loads')).toBe(1);
    expect(warned).not.toHaveBeenCalled();
  } finally {
    await rm(root, { recursive: true, force: true });
    vi.unstubAllEnvs();
  }
});

const apart = (read: string) => `
import { signal } from '@omnitron-dev/aether';
const Apart = ({ n }: { n: number }) => <b>{n}</b>;
function Lines(props: { n: number; m: number }) {
  const { m } = props;
  return <i>${read} {props.n} {m}</i>;
}
const Views = (props: { n: number }) => <u onClick={() => props.n}>{props.n}</u>;
export function App() {
  const count = signal(0);
  return <main><button onClick={() => count.update((n) => n + 1)}>{count()}</button>
    <Apart n={count()} /><Lines n={count()} m={count()} /><Views n={count()} /></main>;
}`;

it('warns of destructured properties, also of replaceable components', async () => {
  vi.stubEnv('VITEST', '');
  const root = await mkdtemp(join(tmpdir(), 'aether-hot-'));
  await writeFile(join(root, 'index.html'), page);
  await writeFile(join(root, 'app.tsx'), apart('one'));
  try {
    await using opened = await openVitePage(root);
    const { tab } = opened;
    const warnings: string[] = [];
    tab.on('console', (message) => void (message.type() === 'warning' && warnings.push(message.text())));
    const shows = (html: string) => tab.waitForFunction((text) => document.querySelector('main')?.innerHTML === text, html);
    await shows('<button>0</button><b>0</b><i>one 0 0</i><u>0</u>');
    for (let click = 0; click < 2; click++) await tab.click('button');
    await shows('<button>2</button><b>0</b><i>one 2 0</i><u>2</u>');
    const named = () =>
      warnings.map((text) => /^(\w+): property '(\w)' has changed, but was read in the setup/.exec(text)?.slice(1).join('.'));
    await expect.poll(named).toEqual(['Apart.n', 'Lines.m']);
    await change(root, 'app.tsx', apart('two'));
    await shows('<button>2</button><b>2</b><i>two 2 2</i><u>2</u>');
    await tab.click('button');
    await shows('<button>3</button><b>2</b><i>two 3 2</i><u>3</u>');
    expect(named()).toEqual(['Apart.n', 'Lines.m']);
  } finally {
    await rm(root, { recursive: true, force: true });
    vi.unstubAllEnvs();
  }
});

const row = (mark: string) => `
import { signal } from '@omnitron-dev/aether';
export const Row = (props: { of: string }) => {
  const clicks = signal(0);
  return <p><b onClick={() => clicks.update((n) => n + 1)}>{props.of}{clicks()}${mark}</b><input name="text" /></p>;
};`;

const box = `
import { signal } from '@omnitron-dev/aether';
export const Box = (props: { children: unknown }) => {
  const clicks = signal(0);
  return <section title={String(clicks())} onClick={() => clicks.update((n) => n + 1)}>{props.children}</section>;
};`;

const rows = (first: string, last = '<Box><Row of="in" /></Box>') => `
import { For, Show, signal } from '@omnitron-dev/aether';
import { Box } from './box.tsx';
import { Row } from './row.tsx';
export const App = () => {
  const items = signal(['a', 'b', 'c']);
  ${first.startsWith('throw') ? first : ''}
  return <main>
    ${first.startsWith('<') ? first : ''}
    <a onClick={() => items.update((all) => [...all].reverse())}>turn</a>
    <textarea name="own">{start}</textarea>
    <input name="chosen" type="checkbox" />
    <select name="one"><option>x</option><option>y</option></select>
    <For each={items}>{(item) => <Row of={item} />}</For>
    <Show when={true}><Row of="shown" /></Show>
    <Row of="last" />
    ${last}
  </main>;
};
const start = 'written';`;

/** Texts of rows, what is typed in them, and the other fields. */
const shown = () => ({
  rows: [...document.querySelectorAll('p')].map((each) => [each.textContent, each.querySelector('input')?.value].join(' ')),
  box: document.querySelector('section')?.title,
  own: (['own', 'chosen', 'one'] as const).map((name) => {
    const field = document.querySelector(`[name="${name}"]`) as HTMLInputElement;
    return name === 'chosen' ? field.checked : field.value;
  }),
});

/** The row with the focus, and what is selected. */
const focus = () => {
  const field = document.activeElement as HTMLInputElement;
  return [field.closest('p')?.textContent, field.selectionStart, field.selectionEnd, field.selectionDirection];
};

it('components below a replaced one keep their signals, and fields keep the input of the user', async () => {
  vi.stubEnv('VITEST', '');
  const root = await mkdtemp(join(tmpdir(), 'aether-hot-'));
  await writeFile(join(root, 'index.html'), page);
  await writeFile(join(root, 'app.tsx'), rows(''));
  await writeFile(join(root, 'row.tsx'), row(''));
  await writeFile(join(root, 'box.tsx'), box);
  try {
    await using opened = await openVitePage(root);
    const { tab } = opened;
    const failures = new Set<string>();
    tab.on('pageerror', ({ message }) => void failures.add(message));
    const edit = async (file: string, text: string, selector: string): Promise<void> => {
      await change(root, file, text);
      // Two changes in a row may be one for who watches files: it is written again then.
      await tab.waitForSelector(selector, { state: 'attached', timeout: 10_000 }).catch(() => edit(file, text, selector));
    };
    await tab.waitForSelector('p');
    for (const [index, name] of ['a', 'b', 'c', 'shown', 'last', 'in'].entries()) {
      for (let click = 0; click <= index; click++) await tab.locator('b', { hasText: name }).first().click();
      await tab.locator('p', { hasText: name }).first().locator('input').fill(name.toUpperCase());
    }
    await tab.locator('a').click();
    await tab.fill('textarea', 'typed');
    await tab.check('[name="chosen"]');
    await tab.selectOption('select', 'y');
    await tab.evaluate(() => {
      const field = [...document.querySelectorAll('p')].find((each) => each.textContent === 'shown4')?.querySelector('input');
      field?.focus();
      field?.setSelectionRange(1, 4, 'backward');
    });
    const before = {
      rows: ['c3 C', 'b2 B', 'a1 A', 'shown4 SHOWN', 'last5 LAST', 'in6 IN'],
      box: '6',
      own: ['typed', true, 'y'],
    };
    expect(await tab.evaluate(shown)).toEqual(before);

    await edit('app.tsx', rows('<h1><input /></h1>'), 'h1');
    expect(await tab.evaluate(shown)).toEqual(before);
    expect(await tab.evaluate(focus)).toEqual(['shown4', 1, 4, 'backward']);

    // A setup that fails loses nothing: the next one has what it did not get.
    await edit('app.tsx', rows('throw new Error("of the test")'), 'body:not(:has(main))');
    expect([...failures]).toEqual(['of the test']);
    await edit('app.tsx', rows('<h2 />'), 'h2');
    expect(await tab.evaluate(shown)).toEqual(before);
    expect(await tab.evaluate(focus)).toEqual(['shown4', 1, 4, 'backward']);

    await edit('row.tsx', row('<i />'), 'i');
    expect(await tab.evaluate(shown)).toEqual(before);

    // What is gone after an edit begins anew when it comes back.
    await edit('app.tsx', rows('<h3 />', ''), 'h3');
    await edit('app.tsx', rows('<h4 />'), 'h4');
    expect(await tab.evaluate(shown)).toEqual({ ...before, rows: [...before.rows.slice(0, -1), 'in0 '], box: '0' });
    expect(await tab.evaluate('window.loads')).toBe(1);
    expect([...failures]).toEqual(['of the test']);
  } finally {
    await rm(root, { recursive: true, force: true });
    vi.unstubAllEnvs();
  }
});

it('a module that renders its component itself is loaded again, and renders it once', async () => {
  vi.stubEnv('VITEST', '');
  const root = await mkdtemp(join(tmpdir(), 'aether-hot-'));
  const alone = (word: string) => `
import { render } from '@omnitron-dev/aether';
const App = () => <main>${word}</main>;
render(<App />, document.body);`;
  await writeFile(join(root, 'index.html'), '<!doctype html><body><script type="module" src="/main.tsx"></script>');
  await writeFile(join(root, 'main.tsx'), alone('one'));
  try {
    await using opened = await openVitePage(root);
    const { tab } = opened;
    const shows = (text: string) =>
      tab.waitForFunction((word) => document.querySelector('main:last-child')?.textContent === word, text);
    await shows('one');
    await change(root, 'main.tsx', alone('two'));
    await shows('two');
    expect(await tab.locator('main').count()).toBe(1);
  } finally {
    await rm(root, { recursive: true, force: true });
    vi.unstubAllEnvs();
  }
});

const livePage = `<!doctype html><body><script type="module">
  import { createApp, defineModule } from '@omnitron-dev/aether';
  import { App } from '/app.tsx';
  const main = new URL(location.href).searchParams.get('backend');
  createApp(defineModule({ id: 'app', backends: { main } })).mount(App, document.body);
</script>`;

const users = `
import { defineNetronService } from '@omnitron-dev/aether/netron';
export const Users = defineNetronService({ name: 'user@^1.0.0' });`;

const live = (word: string) => `
import { signal } from '@omnitron-dev/aether';
import { useMutation, useStream } from '@omnitron-dev/aether/netron';
import { Users } from './users.ts';
export function App() {
  const count = signal(0);
  const { status } = useStream(Users, 'listen', []);
  const { mutate, loading } = useMutation(Users, 'never');
  return <main>
    <button onClick={() => count.update((n) => n + 1)}>${word} {count()}</button>
    <a onClick={() => void mutate().catch(() => {})}>{status()} {String(loading())}</a>
  </main>;
}`;

it('a stream of a replaced component ends at the server and starts again; a reload leaves no call', async () => {
  vi.stubEnv('VITEST', '');
  const root = await mkdtemp(join(tmpdir(), 'aether-hot-'));
  await writeFile(join(root, 'index.html'), livePage);
  await writeFile(join(root, 'users.ts'), users);
  await writeFile(join(root, 'app.tsx'), live('one'));
  let server = undefined as unknown as UserServer;
  try {
    await using opened = await openVitePage(root, async (origin) => {
      server = await startUserServer([origin]);
      return `?backend=${encodeURIComponent(server.url)}`;
    });
    const { tab } = opened;
    const shows = (html: string) => tab.waitForFunction((text) => document.querySelector('main')?.innerHTML === text, html);
    const names = () => [...server.running].map(({ description }) => description).toSorted();
    await shows('<button>one 0</button><a>open false</a>');
    await tab.click('button');
    const [first] = server.running;
    await change(root, 'app.tsx', live('two'));
    await shows('<button>two 1</button><a>open false</a>');
    await vi.waitUntil(() => !server.running.has(first as symbol), { timeout: 60_000 });
    expect([names(), server.calls.listen]).toEqual([['listen'], 2]);
    await tab.click('a');
    await shows('<button>two 1</button><a>open true</a>');
    await vi.waitUntil(() => server.running.size === 2, { timeout: 60_000 });
    expect(names()).toEqual(['call', 'listen']);
    await tab.reload();
    await shows('<button>two 0</button><a>open false</a>');
    await vi.waitUntil(() => server.running.size === 1, { timeout: 60_000 });
    expect([names(), server.calls.listen]).toEqual([['listen'], 3]);
  } finally {
    await (server as UserServer | undefined)?.[Symbol.asyncDispose]();
    await rm(root, { recursive: true, force: true });
    vi.unstubAllEnvs();
  }
});
