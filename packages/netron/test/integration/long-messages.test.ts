/** Messages longer than 64 KiB: they leave in parts, others go between them, and what belongs behind one stays behind it. */
import { describe, expect, it } from 'vitest';
import { defineService, getCallContext, Netron, withOptions } from '../../src/index.js';
import { failure, gate, nodes, quiet, transports, until } from './nodes.js';

const MiB = 1024 * 1024;

const store = () =>
  defineService({
    name: 'store@1.0.0',
    methods: {
      take: (bytes: Uint8Array) => bytes.length,
      give: (length: number) => new Uint8Array(length).fill(7),
      count: (list: readonly unknown[]) => list.length,
      list: (length: number) => Array.from({ length }, (_, index) => index),
      add: (a: number, b: number) => a + b,
      fail: (length: number): never => {
        throw Object.assign(new Error('no'), { code: 'too_much', details: { text: 'x'.repeat(length) } });
      },
      async *items() {
        yield new Array(100_000).fill('long');
        yield 'short';
        yield new Array(200_000).fill('longer');
        return 'end';
      },
    },
  });

describe.each(transports)('long messages over %s', (transport) => {
  it('megabytes and long lists as arguments and results work with default limits', async () => {
    await using pair = await nodes({ transport, services: [store()] });
    const service = await pair.peer.queryInterface<ReturnType<typeof store>>('store');
    expect(await service.take(new Uint8Array(10 * MiB))).toBe(10 * MiB);
    const given = await service.give(15 * MiB);
    expect([given.length, given.at(0), given.at(-1)]).toEqual([15 * MiB, 7, 7]);
    expect(await service.count(Array.from({ length: 70_000 }, (_, index) => index))).toBe(70_000);
    expect((await service.list(1_000_000)).at(-1)).toBe(999_999);
  });

  it('oversized messages fail at once in both directions, and the connection stays open', async () => {
    await using pair = await nodes({ transport, services: [store()] });
    const service = await pair.peer.queryInterface<ReturnType<typeof store>>('store');
    const details = { option: 'limits.message', limit: 16 * MiB };
    expect(await failure(service.take(new Uint8Array(17 * MiB)))).toMatchObject({ code: 'resource_exhausted', details });
    expect(await failure(service.give(17 * MiB))).toMatchObject({ code: 'resource_exhausted' });
    expect(await failure(service.count(new Array(1_048_576).fill(0)))).toMatchObject({
      code: 'resource_exhausted',
      details: { option: 'limits.elements', limit: 1_048_576 },
    });
    expect(await service.add(1, 2)).toBe(3);
  });

  it('a short call does not wait for a long argument or result', async () => {
    await using pair = await nodes({ transport, services: [store()] });
    const service = await pair.peer.queryInterface<ReturnType<typeof store>>('store');
    const order: string[] = [];
    const noted = <T>(name: string, call: Promise<T>): Promise<T> => {
      void call.then(() => order.push(name));
      return call;
    };
    await Promise.all([noted('long argument', service.take(new Uint8Array(12 * MiB))), noted('short', service.add(1, 2))]);
    expect(order).toEqual(['short', 'long argument']);
    order.length = 0;
    const long = noted('long result', service.give(12 * MiB));
    await noted('short', service.add(1, 2));
    await long;
    expect(order).toEqual(['short', 'long result']);
  });
});

it('many concurrent long messages arrive in both directions and leave nothing behind', async () => {
  await using pair = await nodes({ transport: 'tcp', services: [store()] });
  const service = await pair.peer.queryInterface<ReturnType<typeof store>>('store');
  const lengths = Array.from({ length: 60 }, (_, index) => 100_000 + index * 20_000);
  const taken = await Promise.all(lengths.map((length) => service.take(new Uint8Array(length))));
  expect(taken).toEqual(lengths);
  const given = await Promise.all(lengths.map((length) => service.give(length)));
  expect(given.map(({ length }) => length)).toEqual(lengths);
  expect(pair.peer.link?.outbox.pending).toBe(0);
  for (const peer of [pair.peer, pair.back]) expect(peer.link?.account.held).toBe(0);
});

it('with too many long messages, calls wait until earlier ones have left', async () => {
  await using pair = await nodes({ transport: 'tcp', services: [store()] });
  const service = await pair.peer.queryInterface<ReturnType<typeof store>>('store');
  const calls = Array.from({ length: 8 }, () => service.take(new Uint8Array(10 * MiB)));
  expect(pair.peer.load.callsWaiting).toBeGreaterThan(0);
  expect(pair.peer.load.bytesUnsent).toBeLessThan(60 * MiB);
  expect(await Promise.all(calls)).toEqual(new Array(8).fill(10 * MiB));
});

describe('order', () => {
  it('items of one stream of any length, and its return value', async () => {
    await using pair = await nodes({ transport: 'ws', services: [store()] });
    const service = await pair.peer.queryInterface<ReturnType<typeof store>>('store');
    const items = service.items()[Symbol.asyncIterator]();
    const lengths: unknown[] = [];
    for (;;) {
      const { done, value } = await items.next();
      if (done === true) {
        expect(value).toBe('end');
        break;
      }
      lengths.push(Array.isArray(value) ? value.length : value);
    }
    expect(lengths).toEqual([100_000, 'short', 200_000]);
  });

  it.each(['emitParallel', 'publish'] as const)('events of one subscription, by %s', async (emit) => {
    await using pair = await nodes({ transport: 'tcp', server: { remoteEvents: true } });
    const heard: number[] = [];
    await pair.peer.subscribe('news', (data) => heard.push((data as Uint8Array).length));
    const lengths = [2 * MiB, 1, 200_000, 2, 3];
    for (const length of lengths) {
      const bytes = new Uint8Array(length);
      void (emit === 'publish' ? pair.server.publish('news', bytes) : pair.server.emitParallel('news', bytes));
    }
    await until(() => heard.length === lengths.length);
    expect(heard).toEqual(lengths);
  });

  it('a long call that is canceled at once is canceled at the callee', async () => {
    const began = gate();
    const ended = gate<unknown>();
    const slow = defineService({
      name: 'slow@1.0.0',
      methods: {
        take: async (bytes: Uint8Array) => {
          const { signal } = getCallContext();
          began.open();
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          ended.open(bytes.length);
        },
      },
    });
    await using pair = await nodes({ transport: 'tcp', services: [slow] });
    const service = await pair.peer.queryInterface<typeof slow>('slow');
    const cancel = new AbortController();
    const call = withOptions(service, { signal: cancel.signal }).take(new Uint8Array(5 * MiB));
    cancel.abort();
    expect(await failure(call)).toMatchObject({ code: 'canceled' });
    await began.opened;
    expect(await ended.opened).toBe(5 * MiB);
    service[Symbol.dispose]();
  });

  it('a reference released during a long call on it still receives the call', async () => {
    const parent = defineService({
      name: 'parent@1.0.0',
      methods: { child: () => defineService({ name: 'child@1.0.0', methods: { take: (bytes: Uint8Array) => bytes.length } }) },
    });
    await using pair = await nodes({ transport: 'tcp', services: [parent] });
    const service = await pair.peer.queryInterface<typeof parent>('parent');
    const child = await service.child();
    const taken = child.take(new Uint8Array(5 * MiB));
    child[Symbol.dispose]();
    expect(await taken).toBe(5 * MiB);
  });

  it('functions in a long message can be used by the next message', async () => {
    const heard: number[] = [];
    const caller = defineService({
      name: 'caller@1.0.0',
      methods: {
        with: async (_bytes: Uint8Array, report: (value: number) => void) => {
          await report(1);
          return new Uint8Array(3 * MiB);
        },
      },
    });
    await using pair = await nodes({ transport: 'tcp', services: [caller] });
    const service = await pair.peer.queryInterface<typeof caller>('caller');
    const bytes = await service.with(new Uint8Array(3 * MiB), (value) => void heard.push(value));
    expect([bytes.length, heard]).toEqual([3 * MiB, [1]]);
  });

  it('a long error arrives', async () => {
    await using pair = await nodes({ services: [store()], server: { limits: { message: MiB } } });
    const service = await pair.peer.queryInterface<ReturnType<typeof store>>('store');
    expect(await failure(service.fail(200_000))).toBeInstanceOf(Error);
    expect(await service.add(1, 1)).toBe(2);
  });
});

it('a node that stops sends long answers first', async () => {
  await using pair = await nodes({ transport: 'tcp', services: [store()], server: { stopTimeout: 10_000 } });
  const service = await pair.peer.queryInterface<ReturnType<typeof store>>('store');
  const given = service.give(15 * MiB);
  await until(() => pair.server.peers.get('client')?.isBusy() === true || pair.back.load.bytesUnsent > 0);
  await pair.server.stop();
  expect((await given).length).toBe(15 * MiB);
});

it('the budget of a node is at least one message', async () => {
  expect(await failure(Netron.create({ logger: quiet, limits: { receiving: MiB } }))).toMatchObject({
    message: expect.stringContaining('limits.receiving'),
  });
});
