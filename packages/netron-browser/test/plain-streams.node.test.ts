/** Methods that return a stream without being declared as stream methods: the same over HTTP and over a connection. */
import { getEventListeners } from 'node:events';
import { Cache, defineService, getCallContext, Netron, Safe, withAnnotations, withOptions } from '@omnitron-dev/netron';
import { allParts, connect } from '@omnitron-dev/netron/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type FluentInterface, HttpRemotePeer } from '../src/index.js';

const state = { runs: 0, ended: 0 };

function items(to: number): AsyncIterable<{ n: number; at: Date }> {
  async function* all() {
    try {
      for (let n = 1; n <= to; n++) yield { n, at: new Date(n) };
      if (to === 1) await new Promise((_, reject) => getCallContext().signal.addEventListener('abort', reject));
    } finally {
      state.ended += 1;
    }
  }
  state.runs += 1;
  return all();
}

function web(to: number): ReadableStream<number> {
  let n = 0;
  return new ReadableStream<number>({
    pull(controller) {
      if (n === to) controller.close();
      else controller.enqueue(++n);
    },
    cancel() {
      state.ended += 1;
    },
  });
}

const feed = defineService({
  name: 'feed',
  methods: {
    items: (to: number) => items(to),
    later: async (to: number) => items(to),
    read: withAnnotations((to: number) => items(to), Safe()),
    web: (to: number) => web(to),
    failing: (): AsyncIterable<number> => {
      throw new RangeError('no such items');
    },
    list: () => [1, 2, 3],
    either: withAnnotations((stream: boolean) => (stream ? items(2) : { run: ++state.runs }), Cache({ ttl: 60 })),
    file: () => new Blob(['abc']),
    size: (_bytes: Blob, to: number) => items(to),
    async *sized(_bytes: Blob, to: number) {
      yield* items(to);
    },
  },
});

interface Feed {
  items(to: number): AsyncIterable<{ n: number; at: Date }>;
  later(to: number): Promise<AsyncIterable<{ n: number; at: Date }>>;
  read(to: number): AsyncIterable<{ n: number; at: Date }>;
  web(to: number): ReadableStream<number>;
  failing(): AsyncIterable<number>;
  list(): number[];
  either(stream: boolean): AsyncIterable<unknown> & { readonly run: number };
  size(bytes: Blob, to: number): AsyncIterable<{ n: number; at: Date }>;
  sized(bytes: Blob, to: number): AsyncIterable<{ n: number; at: Date }>;
}

let node: Netron;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  node = await Netron.create({ http: true, listenPort: 0, logLevel: 'silent' });
  await node.peer.exposeService(feed);
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  state.runs = 0;
  state.ended = 0;
});
afterAll(() => node.stop());

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of stream) found.push(item);
  return found;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}

const two = [
  { n: 1, at: new Date(1) },
  { n: 2, at: new Date(2) },
];

const peerOf = (options: ConstructorParameters<typeof HttpRemotePeer>[1] = {}) => {
  const peer = new HttpRemotePeer(`http://127.0.0.1:${node.listenPort}`, { duplex: 'never', ...options });
  closing.push(() => peer.close());
  return peer;
};

const ways: Record<string, () => Promise<Feed>> = {
  'over a connection': async () => {
    const peer = await connect(`ws://127.0.0.1:${node.listenPort}`, { with: allParts() });
    closing.push(() => peer.disconnect());
    return (await peer.queryInterface<Feed>('feed')) as unknown as Feed;
  },
  'over HTTP': async () => (await peerOf().queryInterface<Feed>('feed')) as unknown as Feed,
  'by a fluent interface': async () => (await peerOf().queryFluentInterface<Feed>('feed')) as unknown as Feed,
};

describe.each(Object.entries(ways))('a plain method that returns a stream, %s', (_, way) => {
  it('can be iterated without awaiting it, and after awaiting it', async () => {
    const service = await way();
    expect(await all(service.items(2))).toEqual(two);
    expect(await all(await service.items(2))).toEqual(two);
    expect(await all(await service.later(2))).toEqual(two);
    expect(await all(service.read(2))).toEqual(two);
    expect(await all(service.read(2))).toEqual(two);
  });

  it('returns each caller its own stream', async () => {
    const service = await way();
    expect(await Promise.all([all(service.read(2)), all(service.read(2)), all(service.read(2))])).toEqual([two, two, two]);
  });

  it('ends when its consumer leaves, and when the signal of its call is aborted', async () => {
    const service = await way();
    for await (const { n } of service.items(1)) {
      expect(n).toBe(1);
      break;
    }
    await until(() => state.ended === 1);
    for (const member of ['items', 'read'] as const) {
      state.ended = state.runs = 0;
      const controller = new AbortController();
      // Its timeout does not count any more, but its signal does.
      const options = { signal: controller.signal, timeout: 60_000 };
      const stream = (await withOptions(service, options)[member](1))[Symbol.asyncIterator]();
      expect(await stream.next()).toMatchObject({ value: { n: 1 } });
      const next = Promise.resolve(stream.next()).then(
        () => 'gave',
        () => 'failed',
      );
      controller.abort();
      expect(await next).toBe('failed');
      await until(() => state.ended === state.runs);
    }
  });

  it('is a web stream when the method returns one', async () => {
    const service = await way();
    const stream = await service.web(Number.POSITIVE_INFINITY);
    expect(stream).toBeInstanceOf(ReadableStream);
    const reader = stream.getReader();
    expect(await reader.read()).toEqual({ done: false, value: 1 });
    await reader.cancel();
    await until(() => state.ended === 1);
    const whole = (await service.web(2)).getReader();
    expect([await whole.read(), await whole.read(), await whole.read()].map(({ value }) => value)).toEqual([1, 2, undefined]);
  });

  it('rejects with the error of its call, and so does the loop', async () => {
    const service = await way();
    await expect(Promise.resolve(service.failing())).rejects.toMatchObject({ name: 'RangeError', message: 'no such items' });
    await expect(all(service.failing())).rejects.toMatchObject({ name: 'RangeError', message: 'no such items' });
  });

  it('iterating a result that is not a stream throws', async () => {
    const service = await way();
    await expect(all(service.list() as unknown as AsyncIterable<number>)).rejects.toThrow('the result is not a stream: await it');
  });
});

it('a method with a file argument may return an endless stream, and is aborted when its client disconnects', async () => {
  const service = (await peerOf().queryInterface<Feed>('feed')) as unknown as Feed;
  for (const member of ['size', 'sized'] as const) {
    state.ended = 0;
    const stream = service[member](new Blob(['abc']), 1)[Symbol.asyncIterator]();
    expect(await stream.next()).toMatchObject({ value: { n: 1 } });
    await stream.return?.();
    await until(() => state.ended === 1);
  }
});

it('is not cached: a query and a cached call fail because it is not a value, and their streams end', async () => {
  const peer = peerOf();
  const query = peer.watch<Feed>('feed', 'read', [1] as never);
  await new Promise<void>((resolve) => {
    query.subscribe(() => query.error !== undefined && resolve());
  });
  expect(query.error).toMatchObject({ code: 'invalid_argument', message: 'feed.read is a stream, not a value' });
  const service = await peer.queryFluentInterface<Feed>('feed');
  await expect(Promise.resolve(service.cache(1_000).items(1))).rejects.toMatchObject({ code: 'invalid_argument' });
  await until(() => state.ended === 2);
  expect(state.runs).toBe(2);
  expect(peer.getCacheStats().entries).toBe(0);
});

it('is cached when it returns a value again', async () => {
  const service = (await peerOf().queryInterface<Feed>('feed')) as unknown as Feed;
  const either = async (stream: boolean) => (await service.either(stream)) as { readonly run?: number } & AsyncIterable<unknown>;
  const { run: cached } = await either(false);
  expect(await all(await either(true))).toEqual(two);
  expect((await either(false)).run).toBe(cached);
  expect(await all(await either(true))).toEqual(two);
  const other = (await peerOf().queryInterface<Feed>('feed')) as unknown as Feed;
  expect(await all((await other.either(true)) as AsyncIterable<unknown>)).toEqual(two);
  const [, second, third] = [await other.either(false), await other.either(false), await other.either(false)];
  expect(third.run).toBe(second.run);
});

it('leaves no listener on the signal of its call after its end, nor does any other call or query', async () => {
  const peer = peerOf();
  const service = (await peer.queryInterface<Feed>('feed')) as unknown as Feed;
  const { signal } = new AbortController();
  const timed = withOptions(service, { signal, timeout: 60_000 });
  for (const member of ['items', 'read', 'later'] as const) {
    expect(await all(await timed[member](2))).toEqual(two);
    for await (const { n } of await timed[member](2)) if (n === 1) break;
    await (await timed[member](2))[Symbol.asyncIterator]().return?.();
  }
  const reader = (await timed.web(2)).getReader();
  await reader.cancel();
  await timed.list();
  await (await timed.either(false)).run;
  const fluent = (await peer.queryFluentInterface<Feed>('feed')) as unknown as FluentInterface<Feed>;
  await fluent.cache(false).timeout(60_000).signal(signal).list();
  const query = peer.watch<Feed>('feed', 'list', [], { signal });
  query[Symbol.dispose]();
  await until(() => getEventListeners(signal, 'abort').length === 0);
});

describe('a batch', () => {
  /** A service whose calls are batched, and the paths of its requests. */
  const batched = async () => {
    const paths: string[] = [];
    const peer = peerOf({
      batch: true,
      fetch: (target, init) => {
        paths.push(new URL(target).pathname.replace('/netron/', ''));
        return fetch(target, init);
      },
    });
    const service = (await peer.queryFluentInterface<Feed>('feed')).cache(false) as unknown as Feed & { file(): Blob };
    return { service, requests: () => paths.splice(0).toSorted() };
  };

  it('cannot return a stream of a change or a file: it fails, the stream ends, and further calls are sent alone', async () => {
    const { service, requests } = await batched();
    const [list, stream, file] = await Promise.allSettled([service.list(), service.later(1), service.file()]);
    expect(list).toMatchObject({ value: [1, 2, 3] });
    const refused = { code: 'unimplemented', message: expect.stringContaining('a batch cannot return a stream') };
    expect(stream).toMatchObject({ reason: refused });
    expect(file).toMatchObject({ reason: refused });
    requests();
    const [again, later, sent] = await Promise.all([service.list(), service.later(2), service.file()]);
    expect([again, await all(later), await sent.text()]).toEqual([[1, 2, 3], two, 'abc']);
    expect(requests()).toEqual(['feed/file', 'feed/later', 'feed/list']);
  });

  it('sends a read that returns a stream alone, until it returns a value again', async () => {
    const { service, requests } = await batched();
    const both = async (stream: boolean) => {
      const [list, either] = await Promise.all([service.list(), service.either(stream)]);
      expect(list).toEqual([1, 2, 3]);
      return either;
    };
    requests();
    expect(await all(await both(true))).toEqual(two);
    expect(requests()).toEqual(['$batch', 'feed/either']);
    expect(await all(await both(true))).toEqual(two);
    expect(requests()).toEqual(['feed/either', 'feed/list']);
    expect(await both(false)).toHaveProperty('run');
    expect(requests()).toEqual(['feed/either', 'feed/list']);
    expect(await both(false)).toHaveProperty('run');
    expect(requests()).toEqual(['$batch']);
  });
});
