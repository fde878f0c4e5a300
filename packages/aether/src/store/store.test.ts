import { describe, expect, it } from 'vitest';
import { batch } from '../reactive/batch.js';
import { effect } from '../reactive/effect.js';
import { signal, type WritableSignal } from '../reactive/signal.js';
import { persist } from './persist.js';
import { unwrap } from './proxies.js';
import { reconcile } from './reconcile.js';
import { snapshot, store, transaction } from './store.js';

/** Values that an effect has seen. */
function seen<T>(read: () => T): T[] {
  const values: T[] = [];
  effect(() => void values.push(read()));
  return values;
}

describe('store (AE-03)', () => {
  it('notifies the readers of a property at any depth, and nobody else', () => {
    const state = store({ user: { name: 'Ada', age: 36 }, tags: ['a'] });
    const names = seen(() => state.user.name);
    const ages = seen(() => state.user.age);
    state.user.name = 'Grace';
    expect([names, ages]).toEqual([['Ada', 'Grace'], [36]]);
    state.user = { name: 'Joan', age: 36 };
    expect([names, ages]).toEqual([
      ['Ada', 'Grace', 'Joan'],
      [36, 36],
    ]);
  });

  it('follows keys, presence and deletion', () => {
    const state = store<Record<string, number>>({ a: 1 });
    const keys = seen(() => Object.keys(state).join());
    const has = seen(() => 'b' in state);
    state.b = 2;
    state.a = 5;
    delete state.a;
    expect(keys).toEqual(['a', 'a,b', 'b']);
    expect(has).toEqual([false, true]);
  });

  it('keeps one proxy per object, and puts objects in, not proxies', () => {
    const raw = { list: [{ id: 1 }] };
    const state = store(raw);
    expect(store(raw)).toBe(state);
    expect(store(state)).toBe(state);
    expect(state.list[0]).toBe(state.list[0]);
    state.list.push(state.list[0] as { id: number });
    expect(raw.list[1]).toBe(raw.list[0]);
    expect(unwrap(state.list[0])).toBe(raw.list[0]);
  });

  it('finds values in arrays by the object and by its proxy, and follows that', () => {
    const item = { id: 1 };
    const state = store({ list: [] as { id: number }[] });
    const found = seen(() => [state.list.includes(item), state.list.indexOf(store(item)), state.list.lastIndexOf(item)]);
    state.list.push(item);
    expect(found).toEqual([
      [false, -1, -1],
      [true, 0, 0],
    ]);
  });

  it('notifies once for a method of an array', () => {
    const state = store([3, 1, 2]);
    const lists = seen(() => [...state]);
    state.sort();
    state.splice(0, 2, 9, 8, 7);
    state.length = 1;
    expect(lists).toEqual([[3, 1, 2], [1, 2, 3], [9, 8, 7, 3], [9]]);
  });

  it('an effect that pushes does not follow the array', () => {
    const state = store([0]);
    let runs = 0;
    effect(() => {
      runs++;
      state.push(1);
    });
    state.push(2);
    expect(runs).toBe(1);
  });

  it('follows Maps by key and Sets by value', () => {
    const state = store({ map: new Map([['a', { n: 1 }]]), set: new Set(['x']) });
    const a = seen(() => state.map.get('a')?.n);
    const size = seen(() => state.map.size);
    const has = seen(() => state.set.has('y'));
    const all = seen(() => [...state.map.keys(), ...state.set].join());
    (state.map.get('a') as { n: number }).n = 2;
    state.map.set('b', { n: 3 });
    state.set.add('y');
    state.map.clear();
    expect(a).toEqual([1, 2, undefined]);
    expect(size).toEqual([1, 2, 0]);
    expect(has).toEqual([false, true]);
    expect(all).toEqual(['a,x', 'a,b,x', 'a,b,x,y', 'x,y']);
  });

  it('leaves frozen objects and instances of classes as they are', () => {
    class Point {
      x = 1;
    }
    const frozen = Object.freeze({ inner: { n: 1 } });
    const raw = { date: new Date(0), point: new Point(), frozen };
    const state = store(raw);
    expect([state.date, state.point, state.frozen]).toEqual([raw.date, raw.point, frozen]);
    expect(state.point).toBe(raw.point);
    expect(state.date.getTime()).toBe(0);
    expect(() => store(new Point())).toThrow(TypeError);
    const locked = store(Object.defineProperty({ own: 1 }, 'fixed', { value: { n: 1 } }) as unknown as { fixed: { n: number } });
    expect(locked.fixed.n).toBe(1);
  });

  it('calls getters and setters on the store', () => {
    const state = store({
      first: 'a',
      get upper() {
        return this.first.toUpperCase();
      },
      set upper(value: string) {
        this.first = value.toLowerCase();
      },
    });
    const upper = seen(() => state.upper);
    state.upper = 'B';
    expect(upper).toEqual(['A', 'B']);
  });

  it('refuses the key __proto__', () => {
    const state = store<Record<string, unknown>>({});
    const proto = '__proto__';
    expect(() => {
      state[proto] = { polluted: true };
    }).toThrow(TypeError);
    const forged = JSON.parse('{"__proto__": {"polluted": true}}') as Record<string, unknown>;
    expect(() => reconcile(state, forged)).toThrow(TypeError);
    expect(() => Object.defineProperty(state, '__proto__', { value: 1 })).toThrow(TypeError);
    expect(state.polluted).toBeUndefined();
    // Deno has no such property.
    expect(state[proto]).toBe(({} as Record<string, unknown>)[proto]);
    expect(() => reconcile(state, JSON.parse('{"a": {"__proto__": {}}}') as typeof state)).not.toThrow();
    expect(() => reconcile(state, JSON.parse('{"a": {"__proto__": {"b": 1}}}') as typeof state)).toThrow(TypeError);
  });
});

describe('transaction', () => {
  it('is one change, and gives back the result', () => {
    const state = store({ a: 1, b: 1 });
    const sums = seen(() => state.a + state.b);
    expect(transaction(() => ((state.a = 2), (state.b = 2), 'done'))).toBe('done');
    expect(sums).toEqual([2, 4]);
  });

  it('undoes writes to stores and signals when it throws, and notifies nobody', () => {
    const state = store<{ gone?: number; list: number[]; map: Map<string, number>; set: Set<number> }>({
      gone: 1,
      list: [1, 2, 3],
      map: new Map<string, number>([
        ['a', 1],
        ['b', 2],
      ]),
      set: new Set([1]),
    });
    const count = signal(0);
    const states = seen(() => JSON.stringify([snapshot(state), [...state.map], [...state.set], count()]));
    const before = structuredClone(snapshot(state));
    const error = new Error('out');
    expect(() =>
      transaction(() => {
        delete state.gone;
        state.list.reverse();
        state.list.length = 1;
        state.list[5] = 1;
        state.map.delete('a');
        state.map.set('c', 1);
        state.set.clear();
        count.set(1);
        transaction(() => count.set(2));
        Object.assign(state, { added: 1 });
        throw error;
      }),
    ).toThrow(error);
    expect(snapshot(state)).toEqual(before);
    expect([...state.map.keys()]).toEqual(['a', 'b']);
    expect(count()).toBe(0);
    expect(new Set(states).size).toBe(1);
  });

  it('refuses asynchronous functions', () => {
    const state = store({ a: 1 });
    expect(() => transaction(async () => void (state.a = 2))).toThrow(TypeError);
    expect(state.a).toBe(1);
  });
});

describe('snapshot', () => {
  it('copies at every depth, follows all of it, keeps cycles', () => {
    const raw: { self?: unknown; list: { n: number }[] } = { list: [{ n: 1 }] };
    raw.self = raw;
    const state = store(raw);
    const copies = seen(() => snapshot(state));
    (state.list[0] as { n: number }).n = 2;
    expect(copies).toHaveLength(2);
    expect(copies[0]?.list[0]).not.toBe(raw.list[0]);
    expect(copies[1]?.self).toBe(copies[1]);
    expect(copies.map(({ list }) => list[0]?.n)).toEqual([1, 2]);
  });
});

describe('reconcile', () => {
  it('ends for cycles of different lengths', () => {
    interface Ring {
      s?: Ring;
    }
    const a: Ring = {};
    a.s = { s: a };
    const state = store(a);
    const next: Ring = {};
    next.s = next;
    reconcile(state, next);
    expect(state.s?.s).toBe(state);
  });

  it('takes values that hold themselves', () => {
    interface Loop {
      n: number;
      self?: Loop;
      list: unknown[];
    }
    const loop = (n: number): Loop => {
      const made: Loop = { n, list: [n] };
      made.self = made;
      made.list.push(made.list, made);
      return made;
    };
    const state = store(loop(1));
    const { list } = state;
    reconcile(state, loop(2));
    expect([state.n, state.self, state.list, state.list[0], state.list[1], state.list[2]]).toEqual([
      2,
      state,
      list,
      2,
      list,
      state,
    ]);
    expect([state.self === state, state.list === list, list[1] === list, list[2] === state]).toEqual([true, true, true, true]);
  });

  it('changes only what differs and keeps objects by key', () => {
    const state = store({
      users: [
        { id: 1, name: 'Ada' },
        { id: 2, name: 'Grace' },
      ],
      old: 1 as number | undefined,
    });
    const [ada, grace] = state.users;
    const names = seen(() => ada?.name);
    reconcile(state, {
      users: [
        { id: 2, name: 'Grace H.' },
        { id: 3, name: 'Joan' },
        { id: 1, name: 'Ada' },
      ],
    } as typeof state);
    expect(state.users[0]).toBe(grace);
    expect(state.users[2]).toBe(ada);
    expect(grace?.name).toBe('Grace H.');
    expect(names).toEqual(['Ada']);
    expect('old' in state).toBe(false);
  });

  it('matches by another key, and by position where there is none', () => {
    const state = store([{ name: 'a', n: 1 }, { name: 'b', n: 2 }, [1]] as unknown[]);
    const [a, b, list] = state;
    reconcile(state, [{ name: 'b', n: 3 }, { name: 'a', n: 1 }, [2]], 'name');
    expect([state[0], state[1], state[2]]).toEqual([b, a, list]);
    expect(state[0]).toBe(b);
    expect(state[2]).toBe(list);
  });

  it('does Maps and Sets, keys that appear twice, and refuses another kind', () => {
    const map = store(new Map([['a', { n: 1 }]]));
    const a = map.get('a');
    reconcile(
      map,
      new Map([
        ['b', { n: 2 }],
        ['a', { n: 3 }],
      ]),
    );
    expect(map.get('a')).toBe(a);
    expect(a?.n).toBe(3);
    const set = store(new Set([1, 2]));
    reconcile(set, new Set([2, 3]));
    expect([...set]).toEqual([2, 3]);
    const twice = store([{ id: 1, n: 1 }]);
    reconcile(twice, [
      { id: 1, n: 2 },
      { id: 1, n: 3 },
    ]);
    expect(snapshot(twice).map(({ n }) => n)).toEqual([2, 3]);
    expect(() => reconcile(twice, {} as never)).toThrow(TypeError);
  });
});

describe('persist', () => {
  const storage = (initial: Record<string, string> = {}) => {
    const kept = new Map(Object.entries(initial));
    const writes: string[] = [];
    return {
      kept,
      writes,
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => {
        writes.push(value);
        kept.set(key, value);
      },
    };
  };

  it('takes over what was kept and writes every change, once per batch', () => {
    const place = storage({ cart: '{"items":[1]}' });
    const state = store({ items: [] as number[] });
    const end = persist(state, { key: 'cart', storage: place });
    expect(snapshot(state)).toEqual({ items: [1] });
    expect(place.writes).toEqual([]);
    batch(() => {
      state.items.push(2);
      state.items.push(3);
    });
    expect(place.writes).toEqual(['{"items":[1,2,3]}']);
    end();
    state.items.push(4);
    expect(place.writes).toHaveLength(1);
  });

  it('keeps signals, too, and takes codecs', () => {
    const place = storage();
    const value = signal(new Set([1]));
    persist(value, {
      key: 'set',
      storage: place,
      encode: (set) => [...set].join(),
      decode: (text) => new Set(text.split(',').map(Number)),
    });
    value.set(new Set([1, 2]));
    expect(place.kept.get('set')).toBe('1,2');
  });

  it('tells of what cannot be read or written, and goes on', () => {
    const place = storage({ cart: '{"items":' });
    const errors: unknown[] = [];
    const state = store({ items: [1] });
    persist(state, {
      key: 'cart',
      storage: {
        getItem: place.getItem,
        setItem: (key, text) => {
          if (text.includes('2')) throw new Error('full');
          place.setItem(key, text);
        },
      },
      onError: (error) => errors.push(error),
    });
    state.items = [2];
    state.items = [3];
    expect(errors).toEqual([expect.any(SyntaxError), new Error('full')]);
    expect(place.kept.get('cart')).toBe('{"items":[3]}');
  });

  it('keeps nothing for what has no text, so that a page begins with its own value', () => {
    const place = storage();
    const taken: string[] = [];
    const errors: unknown[] = [];
    const options = {
      key: 'user',
      storage: {
        ...place,
        removeItem: (key: string) => {
          taken.push(key);
          place.kept.delete(key);
        },
      },
      onError: (error: unknown) => errors.push(error),
    };
    type Value = { readonly name: string } | (() => void) | undefined;
    const keep = (value: Value) => {
      const state = signal(value) as WritableSignal<{ readonly name: string }>;
      return { state: state as WritableSignal<Value>, end: persist(state, options) };
    };
    const first = keep({ name: 'Ada' });
    for (const nothing of [undefined, () => {}]) {
      first.state.set({ name: 'Grace' });
      expect(place.kept.get('user')).toBe('{"name":"Grace"}');
      first.state.set(nothing);
      expect(place.kept.has('user')).toBe(false);
    }
    first.end();
    expect(keep({ name: 'first' }).state()).toEqual({ name: 'first' });
    place.kept.set('user', 'undefined');
    // Nothing is written before there is something, nor taken out before there was.
    keep(undefined).end();
    expect([place.kept.has('user'), errors, taken]).toEqual([false, [expect.any(SyntaxError)], ['user', 'user', 'user']]);
    keep(undefined).end();
    expect(taken).toHaveLength(3);
  });

  it('tells of a value without a text when the storage takes nothing out', () => {
    const place = storage();
    const errors: unknown[] = [];
    const state = signal<object>({ n: 1 });
    persist(state, { key: 'n', storage: place, onError: (error) => errors.push(error) });
    state.set((() => {}) as object);
    expect([place.kept.get('n'), String(errors)]).toEqual([
      '{"n":1}',
      "TypeError: persist: encode returned no string for 'n', and the storage cannot remove items",
    ]);
    state.set({ n: 2 });
    expect(place.kept.get('n')).toBe('{"n":2}');
  });
});
