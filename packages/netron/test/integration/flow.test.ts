import { describe, expect, it } from 'vitest';
import { defineService, getCallContext } from '../../src/index.js';
import { defaultLimits } from '../../src/wire/limits.js';
import { failure, gate, nodes, settled, transports, until } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';
import { TappedTransport } from './wire.js';

const one = (item: string) =>
  new ReadableStream({
    start(controller) {
      controller.enqueue(item);
      controller.close();
    },
  });

/** Endless streams that tell how much was taken of them and whether they were closed. */
function tap() {
  const state = { produced: 0, bytes: 0, open: 0, closed: 0, aborted: 0, unread: 0 };
  async function* endless(size = 0): AsyncGenerator<unknown> {
    state.open += 1;
    try {
      for (;;) {
        state.produced += 1;
        state.bytes += size;
        yield size === 0 ? state.produced : new Uint8Array(size);
      }
    } finally {
      state.open -= 1;
      state.closed += 1;
    }
  }
  const held: AsyncIterable<unknown>[] = [];
  const wait = gate<number>();
  const service = defineService({
    name: 'tap@1.0.0',
    methods: {
      endless,
      async *quiet() {
        const { signal } = getCallContext();
        signal.addEventListener('abort', () => {
          state.aborted += 1;
        });
        state.open += 1;
        try {
          yield 1;
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
        } finally {
          state.open -= 1;
          state.closed += 1;
        }
      },
      async *slow() {
        yield 1;
        await new Promise(() => {});
      },
      async later(): Promise<AsyncGenerator<unknown>> {
        await wait.opened;
        return endless();
      },
      web: () => {
        state.open += 1;
        return new ReadableStream({
          pull(controller) {
            state.produced += 1;
            controller.enqueue(new Uint8Array(1_000));
          },
          cancel() {
            state.open -= 1;
            state.closed += 1;
          },
        });
      },
      ignore: (_stream: AsyncIterable<unknown>) => 'ignored',
      async ignoreLater(_stream: AsyncIterable<unknown>) {
        await new Promise((resolve) => setImmediate(resolve));
        return 'ignored';
      },
      async first(stream: AsyncIterable<unknown>) {
        for await (const item of stream) return item;
        return 'none';
      },
      keep: (stream: AsyncIterable<unknown>) => void held.push(stream),
      crowded: (count: number) => ({
        list: Array.from({ length: count }, () => 1),
        stream: one('in'),
      }),
      numbers: (count: number) => Array.from({ length: count }, () => 1),
      ping: () => 'pong',
    },
  });
  return { state, service, endless, wait };
}
type Tap = ReturnType<typeof tap>['service'];

describe.each(transports)('the flow of streams over %s', (transport) => {
  it('61, B7, ST-09: leaving the loop runs the producer’s finally within few items, without a timer', async () => {
    const { state, service } = tap();
    const clock = new VirtualClock();
    await using pair = await nodes({ transport, services: [service], server: { clock }, client: { clock } });
    const remote = await pair.peer.queryInterface<Tap>('tap');
    for (const open of [() => remote.endless(), () => remote.quiet()]) {
      const closed = state.closed;
      for await (const _ of open()) break;
      await until(() => state.closed === closed + 1);
    }
    expect(state.aborted).toBe(1);
    const produced = state.produced;
    await settled();
    expect(state.produced).toBe(produced);
    const reader = ((await remote.web()) as unknown as ReadableStream).getReader();
    await reader.read();
    await reader.cancel();
    await until(() => state.open === 0);
    const stream = await remote.endless();
    await stream.next();
    await stream.return();
    await until(() => state.open === 0);
    await until(() => !pair.peer.isBusy() && !pair.back.isBusy());
  });

  it('61: a generator argument is closed when its remote consumer leaves', async () => {
    const { service } = tap();
    const own = tap();
    await using pair = await nodes({ transport, services: [service] });
    const remote = await pair.peer.queryInterface<Tap>('tap');
    expect(await remote.first(own.endless())).toBe(1);
    await until(() => own.state.closed === 1);
    expect(await remote.ignore(own.endless())).toBe('ignored');
    expect(await remote.ignoreLater(own.endless())).toBe('ignored');
    await until(() => own.state.open === 0 && !pair.peer.isBusy());
    expect(await failure(pair.peer.call('tap', 'nothing', [own.endless()]))).toMatchObject({ code: 'not_found' });
  });

  it('62, ST-06: a paused consumer limits the producer to one window and 64 KiB', async () => {
    const { state, service } = tap();
    await using pair = await nodes({ transport, services: [service] });
    const remote = await pair.peer.queryInterface<Tap>('tap');
    const stream = await remote.endless(10_000);
    await stream.next();
    await settled(100);
    expect(state.bytes).toBeLessThanOrEqual(2 * 64 * 1024 + 10_000);
    const before = state.produced;
    await settled(100);
    expect(state.produced).toBe(before);
    // A fast consumer gets a larger window, which is a bound too.
    for (let item = 0; item < 500; item += 1) await stream.next();
    await settled(100);
    expect(state.bytes - 501 * 10_000).toBeLessThanOrEqual(1024 * 1024 + 64 * 1024 + 10_000);
    await stream.return();
    await until(() => state.open === 0);
  });

  it('B6: a stalled and a fast stream do not delay calls on the same connection', async () => {
    const { state, service } = tap();
    await using pair = await nodes({ transport, services: [service] });
    const remote = await pair.peer.queryInterface<Tap>('tap');
    const stalled = await remote.endless(60_000);
    await stalled.next();
    const fast = await remote.endless(60_000);
    let read = 0;
    let reading = true;
    const consumer = (async () => {
      for await (const chunk of fast) {
        read += (chunk as Uint8Array).length;
        if (!reading) break;
      }
    })();
    consumer.catch(() => {});
    await until(() => read > 0);
    // What overtakes a call is what was on its way before: a window of the stream, however large it has grown.
    for (let call = 0; call < 100; call += 1) {
      const before = read;
      expect(await remote.ping()).toBe('pong');
      expect(read - before).toBeLessThanOrEqual(defaultLimits.window);
    }
    reading = false;
    await consumer;
    await stalled.return();
    await until(() => state.open === 0);
  });

  it('37: a lost connection ends consumers with an error and producers by their finally', async () => {
    const { state, service, wait } = tap();
    await using pair = await nodes({ transport, services: [service], client: { maxReconnectAttempts: 0 } });
    const remote = await pair.peer.queryInterface<Tap>('tap');
    const stream = await remote.quiet();
    await stream.next();
    const next = failure(stream.next());
    const paused = await remote.endless(10_000);
    await paused.next();
    const never = failure(remote.later());
    await settled();
    await pair.back.disconnect();
    expect(await next).toMatchObject({ code: 'unavailable' });
    await never;
    await until(() => state.open === 0 && state.aborted === 1);
    // What comes too late for the connection is not begun.
    wait.open(1);
    await settled();
    expect(state.open).toBe(0);
    expect(pair.server.peers.size).toBe(0);
  });
});

describe('limits of streams', () => {
  it('B4: of 200 streams with a limit of 100, 100 fail with resource_exhausted, and the connection stays open', async () => {
    const { state, service } = tap();
    await using pair = await nodes({ services: [service] });
    const remote = await pair.peer.queryInterface<Tap>('tap');
    const streams = await Promise.allSettled(Array.from({ length: 200 }, async () => remote.endless()));
    const refused = streams.filter((stream) => stream.status === 'rejected');
    expect(refused).toHaveLength(100);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'resource_exhausted' });
    const arguments_ = await Promise.allSettled(Array.from({ length: 200 }, () => remote.keep(tap().endless())));
    expect(arguments_.filter((stream) => stream.status === 'rejected')).toHaveLength(100);
    expect(await remote.ping()).toBe('pong');
    for (const stream of streams) if (stream.status === 'fulfilled') await stream.value.return();
    await until(() => state.open === 0);
    expect(await (await remote.endless()).next()).toMatchObject({ done: false });
  });

  it('B7: 1,000 cancellations leave nothing behind', async () => {
    const { state, service } = tap();
    await using pair = await nodes({ services: [service] });
    const remote = await pair.peer.queryInterface<Tap>('tap');
    for (let round = 0; round < 20; round += 1) {
      await Promise.all(
        Array.from({ length: 50 }, async (_none, index) => {
          for await (const _ of index === 0 ? remote.endless() : remote.quiet()) break;
        }),
      );
    }
    await until(() => state.closed === 1_000 && state.open === 0);
    expect(pair.back.link?.outgoingStreams.size).toBe(0);
    expect(pair.peer.link?.incomingStreams.size).toBe(0);
    expect(pair.peer.isBusy() || pair.back.isBusy()).toBe(false);
  });

  it('ST-11, 64: streamTimeout ends a silent stream that is read; there is no limit by default', async () => {
    const { service } = tap();
    const clock = new VirtualClock();
    await using pair = await nodes({ services: [service], client: { clock, streamTimeout: 80, requestTimeout: 50 } });
    const remote = await pair.peer.queryInterface<Tap>('tap');
    const stream = await remote.slow();
    await stream.next();
    await clock.advance(120);
    let over = false;
    const next = failure(stream.next()).finally(() => {
      over = true;
    });
    await clock.advance(79);
    await settled();
    expect(over).toBe(false);
    await clock.advance(51);
    expect(await next).toMatchObject({ code: 'deadline_exceeded' });
    await until(() => !pair.back.isBusy());
    await using patient = await nodes({ services: [tap().service], client: { clock, requestTimeout: 50 } });
    const live = await (await patient.peer.queryInterface<Tap>('tap')).slow();
    await live.next();
    let ended = false;
    void live.next().then(() => {
      ended = true;
    });
    await clock.advance(150);
    expect(ended).toBe(false);
    await live.return();
  });

  it('a stream whose packet was written twice arrives complete', async () => {
    const { service } = tap();
    await using pair = await nodes({ services: [service] });
    const remote = await pair.peer.queryInterface<Tap>('tap');
    const [, crowded] = await Promise.all([remote.numbers(4_000), remote.crowded(63_000)]);
    const { list, stream } = crowded as unknown as { list: number[]; stream: AsyncIterable<string> };
    const items: string[] = [];
    for await (const item of stream) items.push(item);
    expect([list.length, items]).toEqual([63_000, ['in']]);
  });

  it('6: packets of unknown streams are ignored', async () => {
    const { service } = tap();
    const memory = new TappedTransport();
    await using pair = await nodes({
      services: [service],
      server: { additionalTransports: [memory] },
      client: { additionalTransports: [memory] },
    });
    const remote = await pair.peer.queryInterface<Tap>('tap');
    for (let id = 1_000; id < 3_000; id += 1) {
      const high = (id >> 7) | 0x80;
      const varint = [(id & 127) | 0x80, high & 127];
      memory.last.send(Uint8Array.from([8, ...varint, 1, 9, ...varint, 1, 7, 11, ...varint, 13, ...varint, 5, 14, ...varint]));
    }
    expect(await remote.ping()).toBe('pong');
    expect(pair.back.link?.incomingStreams.size).toBe(0);
    expect(pair.back.state).toBe('ready');
  });
});
