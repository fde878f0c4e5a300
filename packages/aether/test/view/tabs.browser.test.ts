import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRoot, effect, persist, signal, store } from '../../src/index.js';

const key = 'aether-test-tabs';
let tab: HTMLIFrameElement;
const storage = () => (tab.contentWindow as Window).localStorage;

/** Writes as another tab does. Resolves when this one has heard of it. */
async function write(text: string | undefined, of = key): Promise<void> {
  const heard = new Promise((resolve) => addEventListener('storage', resolve, { once: true }));
  if (text === undefined) storage().removeItem(of);
  else storage().setItem(of, text);
  await heard;
}

beforeEach(() => {
  localStorage.removeItem(key);
  tab = document.body.appendChild(document.createElement('iframe'));
});
afterEach(() => {
  tab.remove();
  localStorage.removeItem(key);
});

describe('a persisted state of several tabs', () => {
  const open = <T>(run: () => T) => createRoot((end) => ({ end, result: run() }));

  it('contains the writes of another tab, and does not lose them with its own change', async () => {
    const { end, result: todos } = open(() => {
      const todos = store<{ items: { id: number; done?: boolean }[] }>({ items: [{ id: 1 }] });
      persist(todos, { key });
      return todos;
    });
    const first = todos.items[0];
    await write('{"items":[{"id":1},{"id":2}]}');
    expect([todos.items.map(({ id }) => id), todos.items[0] === first]).toEqual([[1, 2], true]);
    todos.items.push({ id: 3 });
    expect(storage().getItem(key)).toBe('{"items":[{"id":1},{"id":2},{"id":3}]}');
    end();
    await write('{"items":[]}');
    expect(todos.items).toHaveLength(3);
  });

  it('is not written back when another tab has written it in another key order', async () => {
    const { end, result: state } = open(() => {
      const state = store({ a: 1, b: 2 });
      persist(state, { key });
      return state;
    });
    await write('{"b":3,"a":1}');
    expect([state.b, storage().getItem(key)]).toEqual([3, '{"b":3,"a":1}']);
    state.a = 5;
    expect(JSON.parse(storage().getItem(key) as string)).toEqual({ a: 5, b: 3 });
    end();
  });

  it.each(['a signal', 'a store'])('in %s is written when an effect changes what another tab has written', async (kind) => {
    const { end, result: list } = open(() => {
      const whole = signal<{ list: number[] }>({ list: [1] });
      const parts = store<{ list: number[] }>({ list: [1] });
      const limit = (list: number[], cut: (list: number[]) => void) => void (list.length > 2 && cut(list.slice(-2)));
      if (kind === 'a signal') {
        effect(() => limit(whole().list, (list) => whole.set({ list })));
        persist(whole, { key });
        return () => whole.peek().list;
      }
      persist(parts, { key });
      effect(() => limit([...parts.list], (list) => void (parts.list = list)));
      return () => [...parts.list];
    });
    await write('{"list":[1,2,3]}');
    expect([list(), storage().getItem(key)]).toEqual([[2, 3], '{"list":[2,3]}']);
    end();
  });

  it('notifies once, also in a signal', async () => {
    const seen: unknown[] = [];
    const { end } = open(() => {
      const value = signal<readonly number[]>([]);
      persist(value, { key });
      effect(() => void seen.push(value()));
    });
    await write('[1]');
    await write('[1]', 'another key');
    expect(seen).toEqual([[], [1]]);
    localStorage.removeItem('another key');
    end();
  });

  it('is kept when the stored value cannot be read or was removed', async () => {
    const errors: unknown[] = [];
    const { end, result: state } = open(() => {
      const state = store({ a: 1 });
      persist(state, { key, onError: (error) => errors.push(error) });
      return state;
    });
    await write('{');
    await write('[]');
    await write(undefined);
    expect([state.a, errors]).toEqual([1, [expect.any(SyntaxError), expect.any(TypeError)]]);
    state.a = 2;
    expect(storage().getItem(key)).toBe('{"a":2}');
    end();
  });

  it('in a signal is reset to its first value when another tab removes it, for instance on sign-out', async () => {
    const { end, result: user } = open(() => {
      const user = signal<string | undefined>(undefined);
      persist(user, { key, encode: (name) => name, decode: (text) => text });
      return user;
    });
    await write('bob');
    expect(user()).toBe('bob');
    await write(undefined);
    expect([user(), storage().getItem(key)]).toEqual([undefined, null]);
    await write('bob');
    expect(user()).toBe('bob');
    user.set(undefined);
    expect(storage().getItem(key)).toBe(null);
    end();
  });

  it('in a signal goes back to its first value, too, when another one has cleared the storage', () => {
    localStorage.setItem(key, '"bob"');
    const { end, result: user } = open(() => {
      const user = signal<string | null>(null);
      persist(user, { key });
      return user;
    });
    expect(user()).toBe('bob');
    // As browsers do, after `clear()`; that would also clear what other tests have written.
    localStorage.removeItem(key);
    dispatchEvent(new StorageEvent('storage', { key: null, storageArea: sessionStorage }));
    expect(user()).toBe('bob');
    dispatchEvent(new StorageEvent('storage', { key: null, storageArea: localStorage }));
    expect([user(), storage().getItem(key)]).toEqual([null, null]);
    end();
  });

  it('is read again when the page returns from the back/forward cache', () => {
    const { end, result: state } = open(() => {
      const state = store({ a: 1 });
      persist(state, { key });
      return state;
    });
    localStorage.setItem(key, '{"a":7}');
    dispatchEvent(new PageTransitionEvent('pageshow', { persisted: false }));
    expect(state.a).toBe(1);
    dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
    expect(state.a).toBe(7);
    end();
  });
});
