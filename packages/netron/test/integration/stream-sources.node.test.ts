/** A stream that was taken over is always ended through its source, wherever in a value it was found. */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineService, type Handler, Netron, withOptions } from '../../src/index.js';
import { Watch } from '../hostile/attacked.js';
import { failure, gate, nodes, settled, transports, until } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';

const missing = '/nonexistent/file';
const here = import.meta.filename;
let watch: Watch;
beforeEach(() => {
  watch = new Watch();
});
afterEach(() => {
  expect(watch.uncaught).toEqual([]);
  watch[Symbol.dispose]();
});

/** Sources of each kind, which tell whether they hold something. */
function sources() {
  const made: Readable[] = [];
  const state = { canceled: 0, disposed: 0 };
  return {
    state,
    made,
    file: (path = here) => {
      const stream = createReadStream(path);
      made.push(stream);
      return stream;
    },
    /** Gives nothing, and would never end by itself. */
    silent: () => {
      const stream = new Readable({ read() {} });
      made.push(stream);
      return stream;
    },
    web: () =>
      new ReadableStream({
        cancel() {
          state.canceled += 1;
        },
      }),
    iterable: () => ({
      async *[Symbol.asyncIterator]() {
        yield 1;
      },
      [Symbol.dispose]() {
        state.disposed += 1;
      },
    }),
    /** All of them are destroyed. */
    ended: () => until(() => made.every((stream) => stream.closed)),
  };
}

type Sources = ReturnType<typeof sources>;

function giver(own: Sources) {
  const wait = gate();
  const service = defineService({
    name: 'giver@1.0.0',
    methods: {
      /** Makes its streams when the caller may have left. */
      async late(path: string) {
        await wait.opened;
        return { deep: [{ file: own.file(path) }], map: new Map([['web', own.web()]]), iterable: own.iterable() };
      },
      async lateFile(path: string) {
        await wait.opened;
        return own.file(path);
      },
      silent: () => own.silent(),
      unsendable: () => ({ first: own.file(), web: own.web(), no: Symbol('no'), last: own.silent() }),
      many: (count: number) => Array.from({ length: count }, () => own.silent()),
      async *nested() {
        for (;;) yield { inner: own.silent() };
      },
      async take(given: unknown) {
        return typeof given;
      },
    },
  });
  return { wait, service };
}

describe.each(transports)('over %s', (transport) => {
  it.each([
    ['exists', here],
    ['does not exist', missing],
  ])('a result whose file %s is closed when the connection is lost before it is sent', async (_what, path) => {
    const own = sources();
    const { wait, service } = giver(own);
    await using pair = await nodes({ transport, services: [service], client: { maxReconnectAttempts: 0 } });
    const errors: unknown[] = [];
    pair.back.on('error', (error) => errors.push(error));
    const remote = await pair.peer.queryInterface<typeof service>('giver');
    const calls = [failure(remote.late(path)), failure(remote.lateFile(path) as never)];
    await until(() => pair.server.peers.size === 1 && pair.back.isBusy());
    await pair.peer.disconnect();
    await until(() => pair.server.peers.size === 0);
    wait.open();
    await Promise.all(calls);
    await own.ended();
    expect(own.made).toHaveLength(2);
    expect(own.state).toEqual({ canceled: 1, disposed: 1 });
  });

  it('a file that cannot be opened fails its reader once', async () => {
    const own = sources();
    const { wait, service } = giver(own);
    wait.open();
    await using pair = await nodes({ transport, services: [service] });
    const remote = await pair.peer.queryInterface<typeof service>('giver');
    const reader = ((await remote.lateFile(missing)) as unknown as ReadableStream).getReader();
    expect(await failure(reader.read())).toMatchObject({ message: expect.stringContaining('ENOENT') });
    await own.ended();
  });

  it('a reader that leaves ends a silent source', async () => {
    const own = sources();
    const { service } = giver(own);
    await using pair = await nodes({ transport, services: [service] });
    const remote = await pair.peer.queryInterface<typeof service>('giver');
    const first = (await remote.silent()) as unknown as ReadableStream;
    await first.cancel();
    const second = ((await remote.silent()) as unknown as ReadableStream).getReader();
    const read = second.read();
    await settled();
    await second.cancel();
    await read;
    await own.ended();
    await until(() => !pair.back.isBusy());
  });
});

describe('what cannot be sent', () => {
  it('a result: all its streams end, before and behind the invalid value', async () => {
    const own = sources();
    const { service } = giver(own);
    await using pair = await nodes({ services: [service] });
    const remote = await pair.peer.queryInterface<typeof service>('giver');
    expect(await failure(remote.unsendable() as never)).toMatchObject({ code: 'internal' });
    await own.ended();
    expect(own.made).toHaveLength(2);
    expect(own.state.canceled).toBe(1);
    expect(pair.back.link?.outgoingStreams.size).toBe(0);
  });

  it('too many streams: those already opened end, too', async () => {
    const own = sources();
    const { service } = giver(own);
    await using pair = await nodes({ services: [service], client: { limits: { streams: 3 } } });
    const remote = await pair.peer.queryInterface<typeof service>('giver');
    expect(await failure(remote.many(5) as never)).toMatchObject({ code: 'resource_exhausted' });
    await own.ended();
    expect(own.made).toHaveLength(5);
  });

  it('an item that arrives after its reader has left', async () => {
    const own = sources();
    const { service } = giver(own);
    await using pair = await nodes({ services: [service] });
    const remote = await pair.peer.queryInterface<typeof service>('giver');
    for await (const item of remote.nested() as AsyncIterable<unknown>) {
      await (item as { inner: ReadableStream }).inner.cancel();
      break;
    }
    await until(() => !pair.back.isBusy());
    await own.ended();
  });
});

describe('an argument that is never sent', () => {
  const own = () => {
    const made = sources();
    return { made, argument: { file: made.file(missing), other: [made.silent(), made.web()] } };
  };

  async function ends(made: Sources, call: Promise<unknown>, code: string): Promise<void> {
    expect(await failure(call)).toMatchObject({ code });
    await made.ended();
    expect(made.state.canceled).toBe(1);
  }

  async function connected(options: Parameters<typeof nodes>[0] = {}) {
    const { service } = giver(sources());
    const pair = await nodes({ services: [service], ...options });
    const remote = await pair.peer.queryInterface<typeof service>('giver');
    return { pair, remote, [Symbol.asyncDispose]: () => pair[Symbol.asyncDispose]() };
  }

  it('because its call was aborted before', async () => {
    await using parts = await connected();
    const { made, argument } = own();
    await ends(made, withOptions(parts.remote, { signal: AbortSignal.abort() }).take(argument), 'canceled');
  });

  it('because another argument cannot be sent', async () => {
    await using parts = await connected();
    const { made, argument } = own();
    await ends(made, parts.remote.take([argument, Symbol('no')]), 'invalid_argument');
  });

  it('because the service, member or task does not exist', async () => {
    await using parts = await connected();
    const { peer } = parts.pair;
    for (const call of [
      (argument: unknown) => peer.call('nobody', 'take', [argument]),
      (argument: unknown) => peer.call('giver', 'nothing', [argument]),
    ]) {
      const { made, argument } = own();
      await ends(made, call(argument), 'not_found');
    }
  });

  it('because its call timed out in the queue or without a connection', async () => {
    const clock = new VirtualClock();
    await using parts = await connected({ client: { clock }, server: { limits: { calls: 1 } } });
    const { remote, pair } = parts;
    void failure(remote.late(here));
    await settled();
    const waiting = own();
    await ends(waiting.made, clock.settle(withOptions(remote, { timeout: 50 }).take(waiting.argument)), 'deadline_exceeded');
    pair.back.link?.connection.terminate();
    await until(() => pair.peer.state === 'suspended');
    const lost = own();
    await ends(lost.made, clock.settle(withOptions(remote, { timeout: 0 }).take(lost.argument)), 'deadline_exceeded');
  });

  it('because the peer is closed', async () => {
    await using parts = await connected({ client: { maxReconnectAttempts: 0 } });
    await parts.pair.peer.disconnect();
    for (const call of [
      (argument: unknown) => parts.remote.take(argument),
      (argument: unknown) => parts.pair.peer.runTask('any', argument),
    ]) {
      const { made, argument } = own();
      await ends(made, call(argument), 'unavailable');
    }
  });
});

it('streams beside an unanswered result are sent when it arrives, or end when it fails', async () => {
  const service = defineService({
    name: 'saver@1.0.0',
    methods: {
      later: async (fails: boolean) => {
        await settled(2);
        if (fails) throw new RangeError('no');
        return 'name';
      },
      async save(file: AsyncIterable<Uint8Array>, web: AsyncIterable<string>, name: unknown) {
        let size = 0;
        for await (const chunk of file) size += chunk.length;
        const texts: string[] = [];
        for await (const text of web) texts.push(text);
        return [size, texts, name];
      },
    },
  });
  await using pair = await nodes({ services: [service] });
  await using other = await nodes({ services: [service] });
  const remote = await pair.peer.queryInterface<typeof service>('saver');
  const elsewhere = await other.peer.queryInterface<typeof service>('saver');
  const own = sources();
  const texts = new ReadableStream<string>({
    start(controller) {
      controller.enqueue('a');
      controller.close();
    },
  });
  const saved = await remote.save(own.file() as never, texts as never, elsewhere.later(false));
  expect(saved).toEqual([statSync(here).size, ['a'], 'name']);
  await own.ended();
  const lost = sources();
  expect(await failure(remote.save(lost.file() as never, lost.web() as never, elsewhere.later(true)))).toMatchObject({
    name: 'RangeError',
  });
  await lost.ended();
  expect(lost.state.canceled).toBe(1);
});

it('an error of an unread file is reported once', async () => {
  const own = sources();
  const { wait, service } = giver(own);
  await using pair = await nodes({ services: [service], client: { maxReconnectAttempts: 0 } });
  const errors: unknown[] = [];
  const { back } = pair;
  back.on('error', (error) => errors.push(error));
  const remote = await pair.peer.queryInterface<typeof service>('giver');
  const call = failure(remote.late(missing));
  await until(() => back.isBusy());
  await pair.peer.disconnect();
  wait.open();
  await call;
  await own.ended();
  expect(errors.length).toBeLessThanOrEqual(1);
  expect(existsSync(missing)).toBe(false);
});

describe('the end of a stream', () => {
  const ending = () =>
    defineService({
      name: 'ending@1.0.0',
      methods: {
        async *sum(...values: number[]): AsyncGenerator<number, { sum: number; at: Date }> {
          let sum = 0;
          for (const value of values) {
            sum += value;
            yield sum;
          }
          return { sum, at: new Date(0) };
        },
        async *plain() {
          yield 1;
        },
        async *wrong(): AsyncGenerator<number, unknown> {
          yield 1;
          return Symbol('no');
        },
        async finish(values: AsyncGenerator<number, string>) {
          const seen: unknown[] = [];
          for (let step = await values.next(); ; step = await values.next()) {
            seen.push(step.value);
            if (step.done) return seen;
          }
        },
        async *refused() {
          yield 1;
        },
        async *failing() {
          yield* [];
          throw new RangeError('not tomorrow');
        },
      },
    });

  it.each(transports)('carries the return value of its generator, as result and as argument, over %s', async (transport) => {
    await using pair = await nodes({ transport, services: [ending()] });
    const remote = await pair.peer.queryInterface<ReturnType<typeof ending>>('ending');
    const stream = remote.sum(1, 2, 3);
    const steps = [await stream.next(), await stream.next(), await stream.next(), await stream.next(), await stream.next()];
    expect(steps).toEqual([
      { done: false, value: 1 },
      { done: false, value: 3 },
      { done: false, value: 6 },
      { done: true, value: { sum: 6, at: new Date(0) } },
      { done: true, value: undefined },
    ]);
    // The value was there before anybody asked for the last step.
    const later = await remote.sum();
    await settled();
    expect(await later.next()).toEqual({ done: true, value: { sum: 0, at: new Date(0) } });
    const plain = await remote.plain();
    await plain.next();
    expect(await plain.next()).toEqual({ done: true, value: undefined });
    const given = (async function* () {
      yield 1;
      return 'end';
    })();
    expect(await remote.finish(given)).toEqual([1, 'end']);
  });

  it('is an error when the return value cannot be sent', async () => {
    await using pair = await nodes({ services: [ending()] });
    const stream = await (await pair.peer.queryInterface<ReturnType<typeof ending>>('ending')).wrong();
    expect(await stream.next()).toEqual({ done: false, value: 1 });
    expect(await failure(stream.next())).toMatchObject({ code: 'internal' });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('rejects once when the opening call has failed, then is done; disposal does not reject', async () => {
    const guard =
      (next: Handler): Handler =>
      (call) => {
        if (call.method === 'refused') throw new RangeError('not today');
        return next(call);
      };
    await using pair = await nodes({ services: [ending()], server: { middleware: { incoming: [guard] } } });
    const remote = await pair.peer.queryInterface<ReturnType<typeof ending>>('ending');
    for (const open of [() => remote.refused(), () => remote.failing()]) {
      const stream = open();
      expect(await failure(stream.next())).toMatchObject({ name: 'RangeError' });
      expect(await stream.next()).toEqual({ done: true, value: undefined });
      expect(await stream.next()).toEqual({ done: true, value: undefined });
      expect(await stream.return(undefined as never)).toEqual({ done: true, value: undefined });
      await stream[Symbol.asyncDispose]();
      const unread = open();
      await unread[Symbol.asyncDispose]();
      expect(await failure(open().throw(new TypeError('enough')))).toMatchObject({ message: 'enough' });
    }
    await expect(
      (async () => {
        await using _stream = remote.refused();
      })(),
    ).resolves.toBeUndefined();
    await settled();
  });
});

it('a stop waits for a Node stream that is read within the process, and destroys it when the time is up', async () => {
  const { silent, made } = sources();
  const clock = new VirtualClock();
  const node = await Netron.create({ clock, logLevel: 'error' });
  await node.peer.exposeService(defineService({ name: 'files@1.0.0', methods: { silent } }));
  const stream = (await node.peer.call('files', 'silent')) as ReadableStream;
  const waiting = failure(stream.getReader().read());
  await until(() => node.underWay.length > 0);
  expect(node.underWay).toEqual(['files.silent']);
  const stopping = node.stop({ timeout: 100 });
  await clock.advance(100);
  await stopping;
  expect(await waiting).toMatchObject({ code: 'canceled' });
  expect([node.unfinished, made[0]!.destroyed]).toEqual([1, true]);
});
