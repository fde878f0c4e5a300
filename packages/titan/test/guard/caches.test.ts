import { setImmediate } from 'node:timers/promises';
import {
  type Call,
  type CallOutcome,
  deriveCall,
  type Filled,
  type Handler,
  inPlace,
  NetronError,
  outcomeOf,
  withOptions,
} from '@omnitron-dev/netron';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { type AuthContext, type Caller, Invalidates, Public, ResultCache, TitanService } from '../../src/index.js';
import { as, code, connected, endAll, running } from './callers.js';

afterEach(endAll);

describe('SV-04, SV-12, LB-12: caches', () => {
  let ran = 0;
  class Cached {
    async get(id: string, _more?: unknown) {
      ran += 1;
      const mine = ran;
      await setImmediate();
      return { id, ran: mine };
    }
    async all() {
      ran += 1;
      return ran;
    }
    fail() {
      ran += 1;
      throw new Error('no');
    }
    plain() {
      ran += 1;
      return ran;
    }
    change() {}
  }
  Public({ cache: { ttl: 60, tags: ['users'] } })(Cached.prototype, 'get');
  Public({ cache: { shared: true } })(Cached.prototype, 'all');
  Public({ cache: { ttl: 60 } })(Cached.prototype, 'fail');
  Public()(Cached.prototype, 'plain');
  Invalidates(['users'])(Cached.prototype, 'change');
  Public()(Cached.prototype, 'change');
  TitanService({ name: 'cached', cache: { ttl: 300 } })(Cached);

  it('keep results by member, caller and arguments; calls at one time run once; a service only gives defaults', async () => {
    ran = 0;
    const app = await running(Cached);
    const [ada, bob] = [await as<Cached>(app, 'ada'), await as<Cached>(app, 'bob')];
    const many = await Promise.all(Array.from({ length: 20 }, () => ada.get('x', { b: 1, a: new Date(5) })));
    expect(new Set(many.map((each) => each.ran))).toEqual(new Set([1]));
    expect((await ada.get('x', { a: new Date(5), b: 1 })).ran).toBe(1);
    expect((await ada.get('x', { a: new Date(6), b: 1 })).ran).toBe(2);
    expect((await bob.get('x', { a: new Date(5), b: 1 })).ran).toBe(3);
    expect(await ada.all()).toBe(await bob.all());
    expect(await ada.plain()).not.toBe(await ada.plain());
    const before = ran;
    await code(ada.fail() as never);
    await code(ada.fail() as never);
    expect(ran).toBe(before + 2);
  });
  it('forget by tag, when a member says so or the application does', async () => {
    ran = 0;
    const app = await running(Cached);
    const ada = await as<Cached>(app, 'ada');
    expect([(await ada.get('x')).ran, (await ada.get('x')).ran]).toEqual([1, 1]);
    await ada.change();
    expect((await ada.get('x')).ran).toBe(2);
    app.get(ResultCache).invalidate('users');
    expect((await ada.get('x')).ran).toBe(3);
    app.get(ResultCache).invalidate('others');
    expect((await ada.get('x')).ran).toBe(3);
  });
  it('E5: two users, interleaved 10,000 times: no crossing', async () => {
    class Mine {
      get(_n: number, user?: Caller<AuthContext>) {
        return user?.userId;
      }
    }
    Public({ fill: { 1: (call) => call.user }, cache: { ttl: 60 }, auth: true })(Mine.prototype, 'get');
    TitanService({ name: 'own' })(Mine);
    const app = await running(Mine);
    const both = [await as<Mine>(app, 'ada'), await as<Mine>(app, 'bob')];
    const names = ['ada', 'bob'];
    expect(await both[0]!.get(0)).toBe('ada');
    expect([app.get(ResultCache).size.entries, await both[0]!.get(0), app.get(ResultCache).size.entries]).toEqual([1, 'ada', 1]);
    for (let round = 0; round < 10; round++) {
      const answers = await Promise.all(Array.from({ length: 1_000 }, (_, n) => both[n % 2]!.get(n % 7)));
      expect(answers.every((answer, n) => answer === names[n % 2])).toBe(true);
    }
    // Seven arguments of two users were all that ran: the other calls were answered from the cache.
    expect(app.get(ResultCache).size.entries).toBe(14);
  });
  it('a call that is canceled fails nobody who waits for the same result: one of them makes it', async () => {
    const begun: ((value: string) => void)[] = [];
    class Slow {
      get(_call?: Filled<Call>) {
        return new Promise<string>((resolve, reject) => {
          const { signal } = _call!;
          signal.addEventListener('abort', () => reject(signal.reason));
          begun.push(resolve);
        });
      }
    }
    Public({ fill: { 0: (call) => call }, cache: { ttl: 60, shared: true } })(Slow.prototype, 'get');
    TitanService({ name: 'slow' })(Slow);
    const app = await running(Slow);
    const peers = await Promise.all(['ada', 'bob', 'ada', 'bob'].map((token) => connected(app, token)));
    const calls: { end: AbortController; made: Promise<unknown> }[] = [];
    for (const peer of peers) {
      const end = new AbortController();
      calls.push({ end, made: peer.call('slow', 'get', [], { signal: end.signal }) as Promise<unknown> });
      // It has joined the others when a later call of its connection has been answered.
      expect(await code(peer.call('slow', 'none', []))).toBe('not_found');
    }
    expect(begun).toHaveLength(1);
    for (const [at, { end, made }] of calls.slice(0, 2).entries()) {
      end.abort();
      expect(await code(made)).toBe('canceled');
      await vi.waitFor(() => expect(begun).toHaveLength(at + 2), { timeout: 60_000 });
    }
    for (const finish of begun) finish('made');
    expect(await Promise.all(calls.slice(2).map(({ made }) => made))).toEqual(['made', 'made']);
    expect(begun).toHaveLength(3);
  });
  it('calls that share a run are told what became of it, and those that give up meanwhile that nobody knows', async () => {
    const begun: ((error: Error) => void)[] = [];
    class Shared {
      get() {
        return new Promise<string>((_resolve, reject) => begun.push(reject));
      }
    }
    Public({ cache: { ttl: 60, shared: true } })(Shared.prototype, 'get');
    TitanService({ name: 'shared' })(Shared);
    const refusing: ((error: Error) => void)[] = [];
    let refuses = false;
    const refuse = inPlace('policy', (next: Handler) => (call: Call) => {
      if (!refuses || call.method !== 'get') return next(call);
      return new Promise((_resolve, reject) => refusing.push(reject));
    });
    // Middleware in front of the cache hands a derived call on.
    let asked = 0;
    const derived = inPlace('idempotency', (next: Handler) => (call: Call) => {
      asked += 1;
      return next(deriveCall(call, {}));
    });
    const app = await running(Shared, { netron: { middleware: { incoming: [derived, refuse] } } });
    const peers = await Promise.all(['ada', 'bob'].map((token) => connected(app, token)));
    const local = await app.netron!.peer.queryInterface<Shared>('shared');
    const outcome = (made: Promise<unknown>) => made.then(() => undefined, outcomeOf);
    const round = async (waiting: ((error: Error) => void)[]) => {
      const made: Promise<CallOutcome | undefined>[] = [];
      asked = 0;
      const arrived = (calls: number) => vi.waitFor(() => expect(asked).toBe(calls), { timeout: 60_000 });
      for (const peer of peers) made.push(outcome(peer.call('shared', 'get', [])));
      made.push(outcome(local.get()));
      const end = new AbortController();
      const left = outcome(withOptions(local, { signal: end.signal }).get());
      await arrived(4);
      end.abort();
      made.push(left);
      await left;
      expect(waiting).toHaveLength(1);
      waiting.pop()!(new NetronError('unavailable', 'the table is away'));
      return Promise.all(made);
    };
    expect(await round(begun)).toEqual(['ran', 'ran', 'ran', 'unknown']);
    refuses = true;
    expect(await round(refusing)).toEqual(['not_run', 'not_run', 'not_run', 'unknown']);
  });
  it('members that fail at once, or later, and streams when they have ended, forget what they make out of date', async () => {
    class Changing {
      list() {
        return ++made;
      }
      now() {
        throw new Error('now');
      }
      async later() {
        await setImmediate();
        throw new Error('later');
      }
      async *stream() {
        yield 1;
        await opened;
      }
      async *endless() {
        for (;;) yield 1;
      }
    }
    let made = 0;
    let open = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    Public({ cache: { ttl: 60, shared: true, tags: ['things'] } })(Changing.prototype, 'list');
    for (const name of ['now', 'later', 'stream', 'endless'] as const)
      Public({ invalidates: ['things'] })(Changing.prototype, name);
    TitanService({ name: 'changing' })(Changing);
    const app = await running(Changing);
    const changing = await as<Changing>(app, 'ada');
    expect([await changing.list(), await changing.list()]).toEqual([1, 1]);
    for (const [name, wanted] of [
      ['now', 2],
      ['later', 3],
    ] as const) {
      await code(changing[name]());
      expect([name, await changing.list()]).toEqual([name, wanted]);
    }
    const lists = async () => [await changing.list(), await changing.list()];
    for await (const _ of changing.stream()) {
      expect(await lists()).toEqual([4, 4]);
      open();
    }
    expect(await lists()).toEqual([5, 5]);
    for await (const _ of changing.endless()) {
      expect(await lists()).toEqual([6, 6]);
      break;
    }
    await vi.waitFor(async () => expect(await changing.list()).toBe(7), { timeout: 60_000 });
  });
  it('a stream that is refused fails the call, not its first item, also where it forgets results and checks items', async () => {
    class Feeds {
      async open(): Promise<AsyncIterable<number>> {
        throw new NetronError('not_found', 'no such feed');
      }
      async checked(): Promise<AsyncIterable<number>> {
        throw new NetronError('not_found', 'no such feed');
      }
    }
    Public({ invalidates: ['feeds'] })(Feeds.prototype, 'open');
    Public()(Feeds.prototype, 'checked');
    const contract = { open: { stream: true }, checked: { stream: true, output: z.number() } } as const;
    TitanService({ name: 'feeds', contract })(Feeds);
    const feeds = await as<Feeds>(await running(Feeds), 'ada');
    expect([await code(feeds.open()), await code(feeds.checked())]).toEqual(['not_found', 'not_found']);
  });

  it('bounds bytes, the longest unused leaves first; ends by time; freezes what is shared; a result made while it was invalidated is not kept', async () => {
    let now = 0;
    const cache = new ResultCache({ maxBytes: 3_500, now: () => now });
    const get = (key: string, value: unknown, ttl = 1) => cache.get('scope ', key, ttl, ['t'], () => value);
    for (let n = 0; n < 10; n++) {
      get(`key ${n}`, 'x'.repeat(80));
      get('key 0', 'never made again');
    }
    expect(cache.size.bytes).toBeLessThanOrEqual(3_500);
    expect(get('key 0', 'new')).toBe('x'.repeat(80));
    expect(get('key 1', 'new')).toBe('new');
    expect(get('large', 'x'.repeat(5_000))).toHaveLength(5_000);
    expect(get('large', 'other')).toBe('other');
    now = 1_001;
    expect(get('key 0', 'later')).toBe('later');
    const record = get('record', { deep: { n: 1 } }) as { deep: { n: number } };
    expect(() => {
      record.deep.n = 2;
    }).toThrow();
    let finish = (_: string) => {};
    const slow = cache.get(
      'scope ',
      'slow',
      60,
      ['t'],
      () =>
        new Promise((resolve) => {
          finish = resolve;
        }),
    );
    const joined = [get('slow', 'made twice')];
    cache.invalidate('others');
    joined.push(get('slow', 'made twice'));
    cache.invalidate('t');
    // What is asked for afterwards does not join what began before.
    expect(get('slow', 'new')).toBe('new');
    finish('old');
    expect([await slow, ...(await Promise.all(joined)), get('slow', 'newer')]).toEqual(['old', 'old', 'old', 'new']);
    expect(cache.get('scope ', 'function', 60, [], () => () => 1)).toBeTypeOf('function');
    cache.clear();
    expect(cache.size).toEqual({ entries: 0, bytes: 0 });
  });
});

it('nobody changes dates and bytes of what others are given', async () => {
  const made = () => ({
    at: new Date(5),
    list: [new Date(5), { bytes: Buffer.from([1, 2, 3]) }],
    numbers: new Float64Array([1.5]),
    view: new DataView(new ArrayBuffer(1)),
    text: 'text',
    bare: Object.assign(Object.create(null), { at: new Date(5) }),
  });
  const spoil = (value: unknown) => {
    const { at, list, numbers, view, bare } = value as ReturnType<typeof made>;
    at.setTime(0);
    (list[0] as Date).setTime(0);
    (list[1] as { bytes: Buffer }).bytes.fill(9);
    numbers[0] = 9;
    view.setUint8(0, 9);
    bare.at.setTime(0);
  };
  const cache = new ResultCache();
  const get = () => cache.get('scope ', 'key', 60, [], async () => made());
  // The one that makes it, two that wait with it, and two that find it.
  const got = await Promise.all([get(), get(), get()]);
  got.push(await get(), await get());
  for (const [index, value] of got.entries()) {
    expect(value).toEqual(made());
    expect(Object.getPrototypeOf((value as ReturnType<typeof made>).bare)).toBe(null);
    spoil(value);
    expect(got.slice(index + 1)).toEqual(got.slice(index + 1).map(made));
  }
  expect(await get()).toEqual(made());
  expect(cache.get('scope ', 'date', 60, [], () => new Date(5))).toEqual(new Date(5));
});

/** Ways in which results come to several callers: from memory, or by a store that keeps none, or cannot be reached. */
const ways: Readonly<Record<string, () => ResultCache>> = {
  memory: () => new ResultCache(),
  'too large': () => new ResultCache({ maxBytes: 0 }),
  store: () => {
    const texts = new Map<string, string>();
    const get = async (key: string) => (texts.has(key) ? { text: texts.get(key)! } : { ticket: '1' });
    const set = async (key: string, text: string) => texts.set(key, text);
    return new ResultCache({ store: { get, set, release: async () => {}, invalidate: async () => {} } });
  },
  'a store that is away': () => {
    const away = async (): Promise<never> => {
      throw new Error('away');
    };
    return new ResultCache({ store: { get: away, set: away, release: away, invalidate: away } });
  },
};

it.each(Object.keys(ways))(
  'nobody changes parts of what others are given, whatever is beside or around them: %s',
  async (way) => {
    const made = {
      'beside a date': () => ({ since: new Date(5), roles: ['reader'], deep: { list: [{ n: 1 }] } }),
      'within what is frozen': () => Object.freeze({ roles: ['reader'], deep: Object.freeze({ list: [{ n: 1 }] }) }),
      plain: () => ({ roles: ['reader'], deep: { list: [{ n: 1 }] } }),
    };
    for (const [name, make] of Object.entries(made)) {
      const cache = ways[way]!();
      const get = () => cache.get('scope ', name, 60, [], async () => make()) as Promise<ReturnType<typeof make>>;
      for (const one of [...(await Promise.all([get(), get(), get()])), await get()]) {
        expect(one).toEqual(make());
        expect(() => one.roles.push('admin'), name).toThrow(TypeError);
        expect(() => Object.assign(one.deep.list[0]!, { n: 2 }), name).toThrow(TypeError);
      }
      expect(await get()).toEqual(make());
    }
  },
);

it('what is no data is given to all who have waited for it, as it is, and is not kept', async () => {
  const circle: { at: Date; self?: unknown } = { at: new Date(5) };
  circle.self = circle;
  const deep: { x?: object } = {};
  for (let inner = deep, level = 0; level < 20_000; level += 1) inner = inner.x = {};
  for (const [name, value] of Object.entries({ circle, deep, map: new Map([[1, circle]]) })) await expectAsItIs(name, value);
});

async function expectAsItIs(name: string, value: unknown) {
  const cache = new ResultCache();
  const get = () => cache.get('scope ', name, 60, [], async () => value);
  const got = await Promise.all([get(), get(), get()]);
  expect(
    got.every((each) => each === value),
    name,
  ).toBe(true);
  expect([cache.size.entries, Object.isFrozen(value)], name).toEqual([0, false]);
}

const under = (key: PropertyKey, to: object, member: PropertyDescriptor) => Object.defineProperty(to, key, member);
const hidden = { value: { n: 1 }, enumerable: false };
const shown = { value: { n: 1 }, enumerable: true };
let state = 1;
const accessor = {
  get: () => state,
  set: (to: number) => {
    state = to;
  },
  enumerable: true,
};
/** Members that nothing freezes, or that copies lack, and those that change however frozen. */
const beyond = {
  'not enumerable': (to: object) => under('h', to, hidden),
  'under a symbol': (to: object) => under(Symbol('h'), to, shown),
  'under a symbol, not enumerable': (to: object) => under(Symbol('h'), to, hidden),
  'an accessor': (to: object) => under('h', to, accessor),
};
const hosts = { object: () => ({ a: 1 }), list: () => [1], date: () => new Date(5), bare: () => Object.create(null) };

it.each(Object.keys(beyond) as (keyof typeof beyond)[])('a member of what is kept is never one that is %s', async (kind) => {
  for (const [name, host] of Object.entries(hosts)) {
    await expectAsItIs(name, beyond[kind](host()));
    await expectAsItIs(`${name} within`, { list: [beyond[kind](host())] });
    await expectAsItIs(`${name} beside a date`, { at: new Date(5), it: beyond[kind](host()) });
  }
  await expectAsItIs('frozen members', { it: Object.freeze(beyond[kind]({})) });
});

it('a list with more than items, or a date with members, is not kept; one with gaps is', async () => {
  await expectAsItIs('match', 'a1'.match(/(?<digit>\d)/)!);
  await expectAsItIs('date', Object.assign(new Date(5), { zone: { n: 1 } }));
  const cache = new ResultCache();
  const gaps = [{ n: 1 }, , { n: 2 }];
  expect(cache.get('scope ', 'gaps', 60, [], () => gaps)).toEqual(gaps);
  expect([cache.size.entries, Object.isFrozen(gaps[2])]).toEqual([1, true]);
});

it('what is being made is kept, whatever else is invalidated meanwhile', async () => {
  const cache = new ResultCache();
  const make = () => Promise.resolve(1);
  for (const [tag, kept] of [
    ['something else', 1],
    ['reports', undefined],
  ] as const) {
    const made = cache.get('report', tag, 60, ['reports'], make);
    void cache.invalidate(tag);
    await made;
    expect(cache.find('report', tag)?.value).toBe(kept);
  }
});
