/// <reference path="../../../netron/test/browser/server.setup.ts" />
import { afterEach, expect, it } from 'vitest';
import { server } from '../../../netron/test/browser/page.js';
import { Devtools, showPanel } from '../../src/devtools.js';
import { keep } from '../../src/hot.js';
import { createApp, For, Injectable, inject, Show, signal } from '../../src/index.js';
import { Backend, NetronModule, NetronService, useMutation, useQuery, useStream } from '../../src/netron/index.js';
import { createRouter, memory, RouterProvider, route } from '../../src/router.js';

interface ICalculator {
  add(a: number, b: number): Promise<number>;
  fail(): Promise<number>;
}

@Backend('main', { service: 'calculator@^1.0.0' })
class Calculator extends NetronService<ICalculator> {}

@Backend('main', { service: 'streams@^1.0.0' })
class Streams extends NetronService<{ count(to: number): AsyncIterable<number> }> {}

@Injectable()
class Unused {}

@Injectable()
class Used {
  readonly answer = 42;
}

const count = signal(1, { name: 'count' });
/** As the Vite plugin writes it in development. */
const size = keep('size', 'signal(7)', () => signal(7));
const shown = signal(true);

const Badge = (props: { text: string }) => <i>{() => `${props.text} ${count()} ${size()}`}</i>;
const Sum = () => {
  const { data } = useQuery(Calculator, 'add', [2, 3], { cache: { maxAge: 60_000, tags: ['sums'] } });
  const { mutate } = useMutation(Calculator, 'fail');
  useStream(Streams, 'count', [3]);
  inject(Used);
  return () => (
    <p>
      {data()}
      <button type="button" id="fail" onClick={() => void mutate().catch(() => {})} />
    </p>
  );
};
const Page = () => (
  <main>
    <For each={['a', 'b']}>{(text) => <Badge text={text} />}</For>
    <Show when={() => shown()}>
      <Sum />
    </Show>
  </main>
);

/** Waits, however slow the machine is. */
const poll = (read: () => unknown) => expect.poll(read, { timeout: 60_000 });

let end = async () => {};
afterEach(() => end());

async function open(): Promise<ShadowRoot> {
  const url = new URL((await server([location.origin])).replace(/^ws/, 'http')).origin;
  const app = createApp([], {
    providers: [...(NetronModule.forRoot({ backends: { main: url } }).providers ?? []), Calculator, Used, Unused],
  });
  const router = createRouter({
    routes: [route('/users/[id]', { loader: () => ({ name: 'Ada' }), component: Page })],
    history: memory({ initial: '/users/7' }),
  });
  const element = document.body.appendChild(document.createElement('div'));
  app.mount(
    () => (
      <RouterProvider router={router}>
        {() => router.page() && <Page />}
        <Devtools open />
      </RouterProvider>
    ),
    element,
  );
  end = async () => {
    await app.dispose();
    element.remove();
  };
  await poll(() => element.querySelector('main p')?.textContent).toBe('5');
  return document.querySelector('aether-devtools')?.shadowRoot as ShadowRoot;
}

const text = (of: ParentNode | null | undefined) => (of?.textContent ?? '').replace(/\s+/g, ' ').trim();
const choose = (panel: ShadowRoot, name: string) =>
  [...panel.querySelectorAll<HTMLElement>('[role=tab]')].find((tab) => tab.textContent === name)?.click();

it('shows components with the current values of the signals that they follow', async () => {
  const panel = await open();
  const badges = () => panel.querySelectorAll('[data-component=Badge]');
  await poll(() => badges().length).toBe(2);
  expect(text(badges()[0])).toContain('count = 1');
  expect(text(badges()[0])).toContain('size = 7');
  expect(badges()[0]?.closest('[data-component=Page]')).not.toBe(null);
  expect(panel.querySelector('[data-component=Devtools]')).toBe(null);
  const [row] = badges();
  count.set(2);
  await poll(() => text(badges()[0])).toContain('count = 2');
  expect(badges()[0]).toBe(row);
  shown.set(false);
  await poll(() => panel.querySelector('[data-component=Sum]')).toBe(null);
  shown.set(true);
});

it('shows read values in the same turn', async () => {
  await open();
  const sum = () => document.querySelector('main p');
  shown.set(false);
  await poll(sum).toBe(null);
  shown.set(true);
  expect(sum()?.textContent).toBe('5');
});

it('shows queries with state, tags and value, and refetches them', async () => {
  const panel = await open();
  choose(panel, 'Queries');
  const row = () => panel.querySelector('table[aria-label=Queries] tbody tr');
  await poll(() => text(row())).toMatch(/^calculator.*addfresh[\d.]+ m?s1sums5Refetch$/);
  choose(panel, 'Calls');
  const calls = () =>
    [...panel.querySelectorAll('table[aria-label=Calls] tbody tr')].filter((each) => text(each).includes('add'));
  await poll(() => calls().length).toBe(1);
  choose(panel, 'Queries');
  row()?.querySelector('button')?.click();
  choose(panel, 'Calls');
  await poll(() => calls().length).toBe(2);
});

it('shows calls with their time and error', async () => {
  const panel = await open();
  choose(panel, 'Calls');
  document.querySelector<HTMLElement>('#fail')?.click();
  const failed = () => [...panel.querySelectorAll('table[aria-label=Calls] tbody tr')].find((row) => text(row).includes('fail'));
  await poll(() => text(failed()?.querySelector('.error'))).not.toBe('');
  expect(text(failed())).toMatch(/\d m?s/);
  panel.querySelector<HTMLElement>('.content button')?.click();
  await poll(failed).toBe(undefined);
});

it('shows the page of the router with its data', async () => {
  const panel = await open();
  choose(panel, 'Router');
  await expect
    .poll(() => text(panel.querySelector('table[aria-label=Routes]')))
    .toContain('/users/[id]{"id":"7"}{ name: "Ada" }');
});

it('shows streams with the received items, as long as they are followed', async () => {
  const panel = await open();
  choose(panel, 'Streams');
  const row = () => panel.querySelector('table[aria-label=Streams] tbody tr');
  await poll(() => text(row())).toMatch(/^streams.*\.countended3\[3\]3$/);
  shown.set(false);
  await poll(row).toBe(null);
  shown.set(true);
});

it('shows the providers and the existing instances of the container, without creating any', async () => {
  const panel = await open();
  choose(panel, 'Container');
  const row = (token: string) =>
    [...panel.querySelectorAll('table[aria-label=Container] tbody tr')].find((each) => text(each.firstElementChild) === token);
  await poll(() => text(row('Used'))).toMatch(/^Usedclasssingleton.*yes.*answer: 42/);
  expect(text(row('Unused'))).toMatch(/^Unusedclasssingleton.*no$/);
});

it('closes and opens, hides values, and leaves nothing behind', async () => {
  const panel = await open();
  const values = panel.querySelector<HTMLInputElement>('input[type=checkbox]');
  await poll(() => text(panel)).toContain('count = ');
  values?.click();
  await poll(() => text(panel)).not.toContain('count = ');
  const press = (name: string) => [...panel.querySelectorAll('button')].find((button) => button.textContent === name)?.click();
  press('Close');
  expect(panel.querySelector('section')).toBe(null);
  press('Aether');
  expect(panel.querySelector('section')).not.toBe(null);
  await end();
  end = async () => {};
  expect(document.querySelector('aether-devtools')).toBe(null);
  expect(Symbol.for('@omnitron-dev/aether/devtools') in globalThis).toBe(false);
});

it('shows the result of a custom read, which is first called without values, and reports a missing application', async () => {
  const host = document.body.appendChild(document.createElement('div'));
  const asked: boolean[] = [];
  const remove = showPanel(host, {
    read: (values) => {
      asked.push(values);
      return undefined;
    },
    send: () => {},
  });
  await poll(() => text(host)).toContain('No application of Aether');
  expect(asked[0]).toBe(false);
  remove();
  expect(host.childNodes.length).toBe(0);
  host.remove();
});
