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

it('a component is replaced in its place, and signals whose text is unchanged keep their values', async () => {
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

it('warns of properties that were taken apart, of components that can be replaced, too', async () => {
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

it('a stream of a component that is replaced ends at the server and begins again; one that is loaded again leaves no call', async () => {
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
    expect([names(), server.calls['listen']]).toEqual([['listen'], 2]);
    await tab.click('a');
    await shows('<button>two 1</button><a>open true</a>');
    await vi.waitUntil(() => server.running.size === 2, { timeout: 60_000 });
    expect(names()).toEqual(['call', 'listen']);
    await tab.reload();
    await shows('<button>two 0</button><a>open false</a>');
    await vi.waitUntil(() => server.running.size === 1, { timeout: 60_000 });
    expect([names(), server.calls['listen']]).toEqual([['listen'], 3]);
  } finally {
    await (server as UserServer | undefined)?.[Symbol.asyncDispose]();
    await rm(root, { recursive: true, force: true });
    vi.unstubAllEnvs();
  }
});
