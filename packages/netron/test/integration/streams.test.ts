import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { httpHandler } from '../../src/http/index.js';
import { type Code, defineService, NetronError, Public, type RemoteBlob, Service, Stream } from '../../src/index.js';
import { failure, nodes, settled, transports, until } from './nodes.js';

async function* numbers(count: number, pause = false): AsyncGenerator<number> {
  for (let number = 0; number < count; number += 1) {
    if (pause) await new Promise((resolve) => setImmediate(resolve));
    yield number;
  }
}

const bytes = (length: number, seed = 1) => Uint8Array.from({ length }, (_, index) => (index * 31 + seed) & 255);

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const got: T[] = [];
  for await (const item of items) got.push(item);
  return got;
}

const web = (items: unknown[]) =>
  new ReadableStream({
    start(controller) {
      for (const item of items) controller.enqueue(item);
      controller.close();
    },
  });

class Numbers {
  [Symbol.asyncIterator](): AsyncGenerator<number> {
    return numbers(5);
  }
}

/** Every kind of source, with what arrives. */
const sources: Record<string, () => { source: unknown; items: unknown[] }> = {
  'async generator': () => ({ source: numbers(100), items: [...Array(100).keys()] }),
  'async iterable': () => ({ source: new Numbers(), items: [0, 1, 2, 3, 4] }),
  'iterator without return': () => {
    let next = 0;
    const source = { next: async () => ({ done: next === 3, value: next++ }), [Symbol.asyncIterator]: () => source };
    return { source, items: [0, 1, 2] };
  },
  'web stream of objects': () => ({ source: web([{ a: 1 }, { b: [2] }]), items: [{ a: 1 }, { b: [2] }] }),
  'web stream of bytes': () => ({ source: web([bytes(3), bytes(5_000, 2)]), items: [bytes(3), bytes(5_000, 2)] }),
  'Node stream of objects': () => ({ source: Readable.from([{ a: 1 }, 'two', 3]), items: [{ a: 1 }, 'two', 3] }),
  'Node stream of bytes': () => ({
    source: Readable.from([Buffer.from('ab'), Buffer.from('c')]),
    items: [bytesOf('ab'), bytesOf('c')],
  }),
  empty: () => ({ source: numbers(0), items: [] }),
  'null and undefined': () => ({ source: web([null, 0, false, '', null]), items: [null, 0, false, '', null] }),
  'all kinds of values': () => ({
    source: web([new Date(5), new Map([[1, 2]]), 5n, [undefined, { x: undefined }]]),
    items: [new Date(5), new Map([[1, 2]]), 5n, [undefined, { x: undefined }]],
  }),
};

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const plain = (items: unknown[]) => items.map((item) => (item instanceof Uint8Array ? new Uint8Array(item) : item));

const joined = (items: Uint8Array[]) => Buffer.concat(items);

function streamer() {
  return defineService({
    name: 'streamer@1.0.0',
    methods: {
      give: (name: string) => sources[name]?.().source,
      giveLater: async (name: string) => sources[name]?.().source,
      take: async (stream: AsyncIterable<unknown>) => plain(await all(stream)),
      echo: (stream: unknown) => stream,
      inside: () => ({ title: 'two', first: numbers(2), second: web(['x']) }),
      async takeInside(given: { items: AsyncIterable<unknown>; name: string }) {
        return [given.name, await all(given.items)];
      },
      async *generate(count: number) {
        for (let number = 0; number < count; number += 1) yield number;
      },
      *sync(count: number) {
        for (let number = 0; number < count; number += 1) yield number;
      },
      async *odd() {
        yield undefined;
        yield null;
        yield undefined;
      },
      async *fails(after: number, error: unknown) {
        for (let number = 0; number < after; number += 1) yield number;
        throw error ?? new NetronError('data_loss', 'disk is gone', { details: { sector: 5 } });
      },
      async *failsBadly() {
        yield 1;
        throw new NetronError('data_loss', 'x', { details: { big: 'y'.repeat(2_000_000) } });
      },
      async *unsendable() {
        yield 1;
        yield { deep: [Symbol('no')] };
        yield 2;
      },
      locked() {
        const stream = web([1]);
        stream.getReader();
        return stream;
      },
      async lockedLater() {
        const stream = web([1]);
        stream.getReader();
        return stream;
      },
      chunks: (sizes: number[]) => web(sizes.map((size) => bytes(size))),
      objects: (count: number, size: number) => web(Array.from({ length: count }, (_, id) => ({ id, text: 'z'.repeat(size) }))),
      async digest(blob: RemoteBlob) {
        const { size, type, name, lastModified } = blob;
        return { size, type, name, lastModified, text: await blob.text() };
      },
      blob: () => new Blob(['hello ', 'world'], { type: 'text/plain' }),
      file: () => new File(['abc'], 'a.txt', { type: 'text/plain', lastModified: 5 }),
      ping: () => 'pong',
    },
  });
}
type Streamer = ReturnType<typeof streamer>;

describe.each(transports)('streams over %s', (transport) => {
  it('ST-03, ST-04, ST-05: every kind of source works as result and as argument', async () => {
    await using pair = await nodes({ transport, services: [streamer()] });
    // biome-ignore lint/suspicious/noExplicitAny: sources of every kind
    const remote = (await pair.peer.queryInterface<Streamer>('streamer')) as any;
    for (const [name, make] of Object.entries(sources)) {
      const { items } = make();
      expect(plain(await all(await remote.give(name))), name).toEqual(items);
      expect(plain(await all(remote.giveLater(name))), name).toEqual(items);
      expect(plain(await remote.take(make().source)), name).toEqual(items);
      expect(plain(await all(await remote.echo(make().source))), name).toEqual(items);
    }
    await until(() => !pair.peer.isBusy() && !pair.back.isBusy());
  });

  it('ST-01, ST-02: a generator method is iterated with or without await', async () => {
    await using pair = await nodes({ transport, services: [streamer()] });
    const remote = await pair.peer.queryInterface<Streamer>('streamer');
    expect(await all(remote.generate(5_000))).toEqual([...Array(5_000).keys()]);
    const awaited = await remote.generate(10);
    expect(await all(awaited)).toHaveLength(10);
    expect(await all(remote.sync(10) as never)).toHaveLength(10);
    expect(await all((await pair.peer.call('streamer', 'generate', [3])) as AsyncIterable<unknown>)).toEqual([0, 1, 2]);
  });

  it('3: null and undefined are ordinary items', async () => {
    await using pair = await nodes({ transport, services: [streamer()] });
    const remote = await pair.peer.queryInterface<Streamer>('streamer');
    expect(await all(remote.odd())).toEqual([undefined, null, undefined]);
  });

  it('2: any thrown error arrives after the items before it, and the connection stays open', async () => {
    await using pair = await nodes({ transport, services: [streamer()] });
    const remote = await pair.peer.queryInterface<Streamer>('streamer');
    const got: unknown[] = [];
    const problem = await failure(async () => {
      for await (const item of remote.fails(200, undefined)) got.push(item);
    });
    expect(got).toEqual([...Array(200).keys()]);
    expect(problem).toMatchObject({ code: 'data_loss', message: 'disk is gone', details: { sector: 5 } });
    expect(problem.stack).not.toContain('streams.test.ts:7');
    for (const thrown of ['text', 5, { plain: true }]) expect(await failure(all(remote.fails(0, thrown)))).toBeInstanceOf(Error);
    expect(await failure(all(remote.failsBadly()))).toBeInstanceOf(Error);
    const unsendable = await failure(all(remote.unsendable()));
    expect(unsendable.message).toContain('deep');
    expect(await failure(remote.locked())).toBeInstanceOf(Error);
    expect(await failure(remote.lockedLater())).toBeInstanceOf(Error);
    expect(await remote.ping()).toBe('pong');
    await until(() => !pair.peer.isBusy() && !pair.back.isBusy());
  });

  it('63, ST-07: chunks of any size arrive complete and in order, also empty ones', async () => {
    await using pair = await nodes({ transport, services: [streamer()] });
    const remote = await pair.peer.queryInterface<Streamer>('streamer');
    const sizes = [0, 1, 4_096, 4_097, 65_535, 65_536, 65_537, 1_000_000, 3_000_000, 0, 7];
    const got = (await all(await remote.chunks(sizes))) as Uint8Array[];
    expect(joined(got).equals(joined(sizes.map((size) => bytes(size))))).toBe(true);
  });

  it('objects larger than the window are delivered to a slow consumer', async () => {
    await using pair = await nodes({ transport, services: [streamer()] });
    const remote = await pair.peer.queryInterface<Streamer>('streamer');
    const ids: number[] = [];
    for await (const item of await remote.objects(6, 400_000)) {
      ids.push((item as { id: number }).id);
      await settled(5);
    }
    expect(ids).toEqual([0, 1, 2, 3, 4, 5]);
    expect(pair.peer.state).toBe('ready');
  });

  it('ST-08: credit does not run out over 200,000 items of any size', async () => {
    await using pair = await nodes({ transport, services: [streamer()] });
    const remote = await pair.peer.queryInterface<Streamer>('streamer');
    let sum = 0;
    for await (const item of remote.generate(200_000)) sum += item;
    expect(sum).toBe((200_000 * 199_999) / 2);
  });

  it('several streams inside of data', async () => {
    await using pair = await nodes({ transport, services: [streamer()] });
    const remote = await pair.peer.queryInterface<Streamer>('streamer');
    const { title, first, second } = (await remote.inside()) as never as {
      title: string;
      first: AsyncIterable<number>;
      second: ReadableStream<string>;
    };
    expect(title).toBe('two');
    expect(second).toBeInstanceOf(ReadableStream);
    expect(await all(second as never)).toEqual(['x']);
    expect(await all(first)).toEqual([0, 1]);
    expect(await remote.takeInside({ name: 'n', items: numbers(3) })).toEqual(['n', [0, 1, 2]]);
  });

  it('Blob and File arrive with their properties', async () => {
    await using pair = await nodes({ transport, services: [streamer()] });
    const remote = await pair.peer.queryInterface<Streamer>('streamer');
    const file = new File(['x'.repeat(200_000)], 'x.bin', { type: 'application/x', lastModified: 7 });
    const facts = await remote.digest(file as never);
    expect({ ...facts, text: facts.text.length }).toEqual({
      ...{ size: 200_000, type: 'application/x', name: 'x.bin', lastModified: 7, text: 200_000 },
    });
    const blob = (await remote.blob()) as never as RemoteBlob;
    expect([blob.size, blob.type, await blob.text()]).toEqual([11, 'text/plain', 'hello world']);
    const got = (await remote.file()) as never as RemoteBlob;
    expect([got.name, got.lastModified, new TextDecoder().decode(await got.bytes())]).toEqual(['a.txt', 5, 'abc']);
  });
});

describe('SV: a method marked @Stream', () => {
  @Service('marked@1.0.0')
  class Marked {
    @Stream() @Public() list(): number[] {
      return [1, 2, 3];
    }
    @Stream() @Public() nothing(): number[] {
      return { no: 'list' } as never;
    }
    @Stream() @Public() async later(): Promise<number[]> {
      return { no: 'list' } as never;
    }
  }

  it('returns items; a result that is not a stream fails the call with an error that names the member, over every transport', async () => {
    await using pair = await nodes({ services: [new Marked()] });
    const { peer, server } = pair;
    type Streams = Record<string, () => AsyncGenerator<number>>;
    const remote = (await peer.queryInterface('marked')) as unknown as Streams;
    const local = server.service('marked') as unknown as Streams;
    const http = httpHandler(server);
    const headers = { 'content-type': 'application/json' };
    const doors: Record<string, (method: string) => Promise<unknown>> = {
      'a connection': (method) => all(remote[method]!()),
      'within the process': (method) => all(local[method]!()),
      'an edge': (method) =>
        server.dispatch({ service: 'marked', method, args: [], caller: { id: 'a', identity: undefined, transport: 'test' } }),
      async http(method) {
        const reply = await http.fetch(new Request(`http://a/netron/marked/${method}`, { method: 'POST', body: '[]', headers }));
        const { code, detail: message } = (await reply.json()) as { code: Code; detail: string };
        throw new NetronError(code, message);
      },
    };
    expect(await Promise.all([remote, local].map((service) => all(service.list!())))).toEqual(Array(2).fill([1, 2, 3]));
    for (const [door, call] of Object.entries(doors)) {
      for (const method of ['nothing', 'later']) {
        expect([door, await failure(call(method))]).toMatchObject([
          door,
          {
            code: 'internal',
            message: `marked.${method}: the result is not a stream: it must be an AsyncIterable, or an Iterable that is not a string`,
          },
        ]);
      }
    }
    expect(peer.state).toBe('ready');
  });
});
