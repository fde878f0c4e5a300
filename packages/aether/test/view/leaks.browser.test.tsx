import { expect, it, vi } from 'vitest';
import {
  computed,
  createContext,
  effect,
  For,
  onMount,
  Portal,
  render,
  resource,
  Show,
  selector,
  signal,
  store,
  useContext,
} from '../../src/index.js';
import { node } from '../../src/reactive/signal.js';
import './page.js';

it('a page that is mounted and ended many times leaves no nodes, listeners, requests or subscribers', () => {
  const count = signal(0);
  const selected = signal(1);
  const state = store({ list: [1, 2, 3] });
  const Theme = createContext('light');
  let pending = 0;
  const Page = () => {
    const double = computed(() => count() * 2);
    double();
    const isSelected = selector(selected);
    const data = resource(({ signal }) => {
      pending++;
      signal.addEventListener('abort', () => pending--);
      return new Promise<string>(() => {});
    });
    effect(() => void count());
    onMount(() => {
      const listener = () => {};
      window.addEventListener('resize', listener);
      return () => window.removeEventListener('resize', listener);
    });
    return (
      <Theme.Provider value="dark">
        <main class={() => ({ on: isSelected(1) })} onClick={() => {}}>
          {count} {double} {data}
          <For each={() => state.list}>{(n) => <li title={() => String(count())}>{n}</li>}</For>
          <Show when={() => count() === 0}>{() => useContext(Theme)}</Show>
          <Portal>
            <b>{count}</b>
          </Portal>
        </main>
      </Theme.Provider>
    );
  };
  const added = vi.spyOn(window, 'addEventListener');
  const removed = vi.spyOn(window, 'removeEventListener');
  const resizes = (of: typeof added | typeof removed) => of.mock.calls.filter(([type]) => type === 'resize').length;
  const container = document.createElement('div');
  document.body.append(container);
  const before = document.getElementsByTagName('*').length;
  for (let round = 0; round < 1_000; round++) {
    const end = render(<Page />, container);
    count.set(round % 2);
    state.list = [round, 2];
    end();
  }
  const followers = [count, selected].map((each) => (each as unknown as Record<symbol, { subs: unknown }>)[node]?.subs);
  expect(followers).toEqual([undefined, undefined]);
  expect(document.getElementsByTagName('*').length).toBe(before);
  expect([container.childNodes.length, pending]).toEqual([0, 0]);
  expect([resizes(added), resizes(removed)]).toEqual([1_000, 1_000]);
  container.remove();
});
