import { expect, it } from 'vitest';
import { createApp, Injectable, inject, signal } from '../../src/index.js';
import { route } from '../../src/router.js';
import { createTestRouter, mount, renderHook, until } from '../../src/testing.js';

@Injectable()
class Clock {
  now(): number {
    return Date.now();
  }
  [Symbol.dispose](): void {
    ended.push('clock');
  }
}
const ended: string[] = [];

const Counter = (props: { start?: number }) => {
  const count = signal(props.start ?? inject(Clock).now());
  const name = signal('');
  return () => (
    <form>
      <button type="button" onClick={() => count.update((n) => n + 1)}>
        {count()} {name()}
      </button>
      <input onInput={(event) => name.set((event.currentTarget as HTMLInputElement).value)} />
    </form>
  );
};

it('mount renders a view with mocks, and ends it with its container', async () => {
  const page = mount(Counter, { providers: [{ provide: Clock, useValue: { now: () => 7 } as Clock }] });
  page.click('button');
  page.type('input', 'x');
  expect([page.text(), page.get('button').textContent]).toEqual(['8 x', '8 x']);
  expect(() => page.get('p')).toThrow(`expected one p, found 0 in ${page.html()}`);
  await page.end();
  expect(page.element.isConnected).toBe(false);
  await using other = mount(<Counter start={1} />, { providers: [Clock] });
  expect(other.text()).toBe('1');
});

it('renderHook runs a hook in its container and ends it', async () => {
  const hook = renderHook(() => inject(Clock), { providers: [Clock] });
  expect(hook.result).toBe(hook.container.get(Clock));
  await hook.end();
  expect(ended).toEqual(['clock']);
});

it('until waits for a value, and reports the last value on failure', async () => {
  const value = signal(0);
  const found = until(() => value() > 1 && value());
  value.set(1);
  value.set(2);
  expect(await found).toBe(2);
  await expect(until(() => value() > 2, 1)).rejects.toThrow('until: no value within 1 ms; the last one was false');
});

it('createTestRouter renders routes at its own address', async () => {
  const user = route('/users/[id]', { loader: async ({ params }) => params.id, component: () => <p>user</p> });
  const home = route('/', { component: () => <p>home</p> });
  const { router, view } = createTestRouter([home, user], '/users/1');
  await using page = mount(view);
  await until(() => router.page());
  expect(page.text()).toBe('user');
  await router.navigate('/');
  expect(page.text()).toBe('home');
});

it('createTestRouter provides guards and loaders with a container', async () => {
  await using app = createApp([{ provide: Clock, useValue: { now: () => 7 } as Clock }]);
  const home = route('/', { component: () => <p>home</p> });
  const time = route('/time', {
    guard: () => inject(Clock).now() === 7,
    loader: async () => inject(Clock).now(),
    component: () => <p>time</p>,
  });
  const { router } = createTestRouter([home, time], '/', { container: app.container });
  await router.start();
  await router.navigate('/time');
  expect(router.page()?.matches.map(({ data }) => data)).toEqual([7]);
});
