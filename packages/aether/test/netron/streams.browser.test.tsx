/// <reference path="../../../netron/test/browser/server.setup.ts" />
/** Streams of a page that a server has rendered: the page starts with the state that the server has written. */
import { afterEach, expect, it, vi } from 'vitest';
import { server } from '../../../netron/test/browser/page.js';
import { createApp, lazy, Suspense, signal, type View } from '../../src/index.js';
import { defineNetronService, NetronModule, type StreamState, useDuplex, useQuery, useStream } from '../../src/netron/index.js';
import { hydrate, renderToString } from '../../src/ssr.js';

const Streams = defineNetronService<{
  count(to: number): AsyncIterable<number>;
  failing(): AsyncIterable<string>;
  double(numbers: AsyncIterable<number>): AsyncIterable<number>;
}>({ name: 'streams@^1.0.0' });
const Calculator = defineNetronService<{ add(a: number, b: number): Promise<number> }>({ name: 'calculator@^1.0.0' });

afterEach(() => vi.restoreAllMocks());

/** Renders a page on a server, hydrates it, and checks that it keeps the element of the server and its text, silently. */
async function hydrated(view: () => View, written: string) {
  const url = new URL((await server([location.origin])).replace(/^ws/, 'http')).origin;
  const asked: string[] = [];
  const app = () =>
    createApp([], {
      providers:
        NetronModule.forRoot({
          backends: {
            main: {
              url,
              fetch: (target, init) => {
                asked.push(new URL(String(target)).pathname);
                return fetch(target, init);
              },
            },
          },
        }).providers ?? [],
    });
  const opened = () => asked.filter((path) => path.includes('streams') && !path.includes('$services'));
  const said = [vi.spyOn(console, 'error'), vi.spyOn(console, 'warn')];
  const rendered = app();
  const container = document.createElement('div');
  document.body.append(container);
  container.innerHTML = await renderToString(rendered.view(view));
  await rendered.dispose();
  const paragraph = container.querySelector('p') as HTMLElement;
  expect(paragraph.textContent).toBe(written);
  expect(opened()).toEqual([]);
  const page = app();
  const remove = hydrate(page.view(view), container);
  expect([container.querySelector('p'), paragraph.textContent]).toEqual([paragraph, written]);
  return {
    /** Waits for the text, in the element of the server, and checks that nothing was said meanwhile. */
    async shows(text: string) {
      await expect.poll(() => paragraph.textContent).toBe(text);
      expect([container.querySelector('p'), said.flatMap(({ mock }) => mock.calls)]).toEqual([paragraph, []]);
    },
    opened,
    async end() {
      remove();
      await page.dispose();
      container.remove();
    },
  };
}

/** Shows the state of a stream. */
const State = ({ of }: { of: StreamState<unknown> }) => (
  <p class={of.status}>{() => [of.status(), of.items().join('+'), of.error()?.message].join(' ')}</p>
);

const Fixed = () => <State of={useStream(Streams, 'count', [2])} />;
const Tracked = () => <State of={useStream(Streams, 'count', () => [2])} />;
const Bare = () => <State of={useStream(Streams, 'failing')} />;
const Awaiting = () => {
  const { data } = useQuery(Calculator, 'add', [1, 1]);
  return <State of={useStream(Streams, 'count', () => data() !== undefined && [data() as number])} />;
};

it.each<[string, () => View, string]>([
  ['with arguments', Fixed, 'ended 1+2 '],
  ['with a function of arguments', Tracked, 'ended 1+2 '],
  ['without arguments', Bare, 'failed before only 1 of numbers left'],
  ['whose arguments are data of a query', Awaiting, 'ended 1+2 '],
])('a stream %s connects from the start, also in a Suspense', async (_, Stream, last) => {
  const Inside = () => (
    <Suspense fallback="waiting">
      <Stream />
    </Suspense>
  );
  for (const view of [Stream, Inside]) {
    const { shows, opened, end } = await hydrated(view, 'connecting  ');
    await shows(last);
    expect(opened()).toHaveLength(1);
    await end();
  }
});

it('a stream in both directions does so, too', async () => {
  const Both = () => <State of={useDuplex(Streams, 'double')} />;
  const { end } = await hydrated(Both, 'connecting  ');
  await end();
});

it('a stream of code that loads later starts with what the server has written, and its arguments', async () => {
  const Later = lazy(async () => ({ default: Tracked }));
  await Later.preload();
  let load = () => {};
  const code = new Promise<{ default: typeof Tracked }>((resolve) => {
    load = () => resolve({ default: Tracked });
  });
  let isServer = true;
  const Loaded = lazy(() => code);
  const view = () => {
    const Part = isServer ? Later : Loaded;
    isServer = false;
    return (
      <Suspense fallback="waiting">
        <Part />
      </Suspense>
    );
  };
  const { shows, opened, end } = await hydrated(view, 'connecting  ');
  expect(opened()).toEqual([]);
  load();
  await shows('ended 1+2 ');
  await end();
});

it('a stream without arguments yet is idle, and connects when it has them', async () => {
  const to = signal<number | undefined>(undefined);
  const Idle = () => <State of={useStream(Streams, 'count', () => to() && [to() as number])} />;
  const { shows, opened, end } = await hydrated(Idle, 'idle  ');
  expect(opened()).toEqual([]);
  to.set(3);
  await shows('ended 1+2+3 ');
  to.set(undefined);
  await shows('idle  ');
  await end();
});

it('a stream that its setup has closed has ended on both sides, and opens again', async () => {
  let restart = () => {};
  const Closed = () => {
    const stream = useStream(Streams, 'count', [2]);
    stream.close();
    ({ restart } = stream);
    return <State of={stream} />;
  };
  const { shows, end } = await hydrated(Closed, 'ended  ');
  await shows('ended  ');
  restart();
  await shows('ended 1+2 ');
  await end();
});
