/** What was received or is still to come, passed on; and functions that belong to objects. */
import { describe, expect, it } from 'vitest';
import { defineService, type RemoteBlob } from '../../src/index.js';
import { failure, nodes } from './nodes.js';

const store = () => {
  const files = new Map<string, Uint8Array>();
  return defineService({
    name: 'store',
    methods: {
      save: async (name: string, blob: Blob) => {
        files.set(name, new Uint8Array(await blob.arrayBuffer()));
        return [blob.size, blob.type, (blob as File).name ?? ''];
      },
      load: (name: string) =>
        new File([files.get(name) as Uint8Array<ArrayBuffer>], name, { type: 'text/plain', lastModified: 5 }),
    },
  });
};
type Store = ReturnType<typeof store>;

const users = () =>
  defineService({
    name: 'users',
    methods: {
      getUser: async (id: number) => ({ id, name: `user ${id}` }),
      none: async () => {
        throw new TypeError('no user');
      },
      save: (value: unknown) => value,
    },
  });

describe('a blob that was received', () => {
  it('can be sent on to its sender, through a relay and as a result, in pieces', async () => {
    await using back = await nodes({ server: { id: 'back' }, services: [store()] });
    const files = await back.peer.queryInterface<Store>('store');
    const relay = defineService({
      name: 'store',
      methods: {
        save: (name: string, blob: Blob) => files.save(name, blob as never),
        load: async (name: string) => files.load(name),
      },
    });
    await using front = await nodes({ server: { id: 'front' }, services: [relay] });
    const service = await front.peer.queryInterface<typeof relay>('store');
    const sent = new File(['content'], 'a.txt', { type: 'text/plain', lastModified: 5 });
    expect(await service.save('a.txt', sent as never)).toEqual([7, 'text/plain', 'a.txt']);
    const got = (await service.load('a.txt')) as unknown as RemoteBlob;
    expect(got).toMatchObject({ size: 7, type: 'text/plain', name: 'a.txt', lastModified: 5 });
    expect(await service.save('b.txt', got as never)).toEqual([7, 'text/plain', 'a.txt']);
    expect(await ((await service.load('b.txt')) as unknown as RemoteBlob).text()).toBe('content');
  });
});

describe('an unawaited result', () => {
  it('is awaited as an argument, for the same peer and another', async () => {
    await using one = await nodes({ server: { id: 'one' }, services: [users()] });
    await using two = await nodes({ server: { id: 'two' }, services: [users()] });
    const r = await one.peer.queryInterface<ReturnType<typeof users>>('users');
    const other = await two.peer.queryInterface<ReturnType<typeof users>>('users');
    expect(await r.save({ user: r.getUser(1), list: [other.getUser(2), r.getUser(3)] })).toEqual({
      user: { id: 1, name: 'user 1' },
      list: [
        { id: 2, name: 'user 2' },
        { id: 3, name: 'user 3' },
      ],
    });
    expect(one.peer.load).toMatchObject({ callsSent: 0, callsWaiting: 0, streamsOut: 0 });
  });

  it('fails the dependent call with its own error', async () => {
    await using pair = await nodes({ services: [users()] });
    const r = await pair.peer.queryInterface<ReturnType<typeof users>>('users');
    expect(await failure(r.save({ user: r.none() }))).toBeInstanceOf(TypeError);
    expect(await r.save('still here')).toBe('still here');
  });

  it('of another kind is refused with its path', async () => {
    await using pair = await nodes({ services: [users()] });
    const r = await pair.peer.queryInterface<ReturnType<typeof users>>('users');
    expect(await failure(r.save({ user: Promise.resolve(1) }))).toMatchObject({
      code: 'invalid_argument',
      message: 'argument [0].user is a Promise',
    });
  });
});

describe('functions in fields of a plain object', () => {
  it('have the object as this, as argument and as result', async () => {
    const counters = defineService({
      name: 'counters',
      methods: {
        counter: () => ({
          count: 0,
          up() {
            this.count += 1;
            return this.count;
          },
        }),
        twice: async (counter: { up(): number | Promise<number> }) => [await counter.up(), await counter.up()],
        same: (given: { f: () => number }) => given.f,
      },
    });
    await using pair = await nodes({ services: [counters] });
    const service = await pair.peer.queryInterface<typeof counters>('counters');
    const counter = (await service.counter()) as unknown as { up(): Promise<number> };
    expect([await counter.up(), await counter.up()]).toEqual([1, 2]);
    const own = {
      count: 10,
      up() {
        this.count += 1;
        return this.count;
      },
    };
    expect(await service.twice(own)).toEqual([11, 12]);
    const f = () => 1;
    expect(await service.same({ f })).toBe(f);
  });
});

describe('an async iterable with fields', () => {
  it('is a stream anywhere in a value', async () => {
    const pages = () => ({
      total: 2,
      async *[Symbol.asyncIterator]() {
        yield 1;
        yield 2;
      },
    });
    const all = async (items: AsyncIterable<number>) => {
      const list: number[] = [];
      for await (const item of items) list.push(item);
      return list;
    };
    const service = defineService({
      name: 'pages',
      methods: {
        result: () => pages(),
        nested: () => ({ deep: [pages()] }),
        argument: async (items: AsyncIterable<number> & { total?: number }) => [items.total, ...(await all(items))],
      },
    });
    await using pair = await nodes({ services: [service] });
    const r = await pair.peer.queryInterface<typeof service>('pages');
    const result = (await r.result()) as unknown as ReturnType<typeof pages>;
    expect(result.total).toBe(2);
    expect(await all(result)).toEqual([1, 2]);
    const nested = (await r.nested()) as unknown as { deep: AsyncIterable<number>[] };
    expect(await all(nested.deep[0] as AsyncIterable<number>)).toEqual([1, 2]);
    expect(await r.argument(pages())).toEqual([2, 1, 2]);
  });
});
