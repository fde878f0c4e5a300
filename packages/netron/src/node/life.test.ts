import { describe, expect, it } from 'vitest';
import { quiet, settled } from '../../test/integration/nodes.js';
import { MemoryTransport, Netron } from '../index.js';
import { defineService } from '../service/declare/define-service.js';
import { VirtualClock } from '../testing/virtual-clock.js';

const silent = { logger: quiet, stopTimeout: 0 };

/** A promise and the function that settles it. */
function gate() {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

/** Resolves when `condition` holds; checked at the end of each turn. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise<void>((resolve) => setImmediate(resolve));
}

describe('a node from prepare() to stop()', () => {
  it('does not listen before startListening()', async () => {
    const memory = new MemoryTransport();
    const node = Netron.prepare({ ...silent, id: 'prepared', transports: { memory: true }, additionalTransports: [memory] });
    await node.peer.exposeService(defineService({ name: 'early@1.0.0', methods: { hello: () => 'hello' } }));
    expect([node.state, node.addresses]).toEqual(['idle', []]);
    const starting = node.startListening();
    const again = node.startListening();
    expect(node.state).toBe('starting');
    await Promise.all([starting, again]);
    expect([node.state, node.addresses.length]).toEqual(['ready', 1]);
    const client = await Netron.create({ ...silent, additionalTransports: [memory] });
    const peer = await client.connect(node.addresses[0] as string);
    expect(peer.hasService('early')).toBe(true);
    await client.stop();
    const stopping = node.stop();
    expect(node.state).toBe('draining');
    await stopping;
    expect(node.state).toBe('stopped');
    await expect(node.startListening()).rejects.toMatchObject({ code: 'failed_precondition' });
  });

  it('refuses impossible options at once', () => {
    expect(() => Netron.prepare({ connectTimeout: 0 })).toThrow('connectTimeout');
    expect(() => Netron.prepare({ listenPort: 1, transports: { websocket: {} } })).toThrow(TypeError);
  });

  it('listens everywhere or nowhere, and may try again', async () => {
    const memory = new MemoryTransport();
    const first = await Netron.create({ ...silent, transports: { memory: { name: 'taken' } }, additionalTransports: [memory] });
    const node = Netron.prepare({
      ...silent,
      transports: { memory: [{ name: 'free' }, { name: 'taken' }] },
      additionalTransports: [memory],
    });
    await expect(node.startListening()).rejects.toMatchObject({ code: 'unavailable' });
    expect([node.state, node.addresses]).toEqual(['idle', []]);
    await first.stop();
    await node.startListening();
    expect([node.state, node.addresses.length]).toEqual(['ready', 2]);
    await node.stop();
  });

  it('a node that is stopped while it starts leaves nothing open', async () => {
    const memory = new MemoryTransport();
    const node = Netron.prepare({
      ...silent,
      transports: { memory: [{ name: 'one' }, { name: 'two' }] },
      additionalTransports: [memory],
    });
    const starting = node.startListening();
    await Promise.all([expect(starting).rejects.toMatchObject({ code: 'failed_precondition' }), node.stop()]);
    expect([node.state, node.addresses]).toEqual(['stopped', []]);
  });
});

describe('drain()', () => {
  it('finishes running calls, refuses new ones, and keeps connections', async () => {
    const memory = new MemoryTransport();
    const { open, opened } = gate();
    const seen: string[] = [];
    const service = defineService({
      name: 'work@1.0.0',
      methods: {
        slow: async () => {
          seen.push('slow');
          await opened;
          return 'done';
        },
        fast: () => 'fast',
      },
    });
    const server = await Netron.create({ ...silent, transports: { memory: true }, additionalTransports: [memory] });
    await server.peer.exposeService(service);
    const [address = ''] = server.addresses;
    const client = await Netron.create({ ...silent, additionalTransports: [memory], reconnectDelay: 0 });
    const peer = await client.connect(address, { maxReconnectAttempts: 0 });
    const work = await peer.queryInterface<typeof service>('work');
    const running = work.slow();
    await until(() => seen.length === 1);
    const draining = server.drain({ timeout: 60_000 });
    const again = server.drain();
    expect(server.state).toBe('draining');
    const edge = { id: 'edge', identity: undefined };
    await expect(server.dispatch({ service: 'work', method: 'fast', caller: edge })).rejects.toMatchObject({
      code: 'unavailable',
    });
    const late = await Netron.create({ ...silent, additionalTransports: [memory] });
    await expect(late.connect(address, { maxReconnectAttempts: 0 })).rejects.toMatchObject({ code: 'unavailable' });
    open();
    expect(await running).toBe('done');
    await Promise.all([draining, again]);
    expect([server.unfinished, server.peers.size]).toEqual([0, 1]);
    // The node's own calls still work, and so do calls within it.
    const own = await server.peer.queryInterface<typeof service>('work');
    expect(await own.fast()).toBe('fast');
    await Promise.all([late.stop(), server.stop(), client.stop()]);
  });

  it('returns the number of calls it did not wait for', async () => {
    const memory = new MemoryTransport();
    const { open, opened } = gate();
    const seen: string[] = [];
    const service = defineService({
      name: 'work@1.0.0',
      methods: {
        slow: async () => {
          seen.push('slow');
          await opened;
        },
      },
    });
    const server = await Netron.create({ ...silent, transports: { memory: true }, additionalTransports: [memory] });
    await server.peer.exposeService(service);
    const client = await Netron.create({ ...silent, additionalTransports: [memory] });
    const peer = await client.connect(server.addresses[0] as string);
    const running = (await peer.queryInterface<typeof service>('work')).slow();
    await until(() => seen.length === 1);
    await server.drain({ timeout: 0 });
    expect(server.unfinished).toBe(1);
    open();
    await running;
    await Promise.all([server.stop(), client.stop()]);
  });
});

describe('stop()', () => {
  it('resolves as soon as the last answer was read, without waiting for a timer', async () => {
    const memory = new MemoryTransport();
    const clock = new VirtualClock();
    const service = defineService({ name: 'giver', methods: { give: () => new Uint8Array(300_000) } });
    const server = await Netron.create({ ...silent, clock, transports: { memory: true }, additionalTransports: [memory] });
    await server.peer.exposeService(service);
    const client = await Netron.create({ ...silent, clock, additionalTransports: [memory] });
    const peer = await client.connect(server.addresses[0] as string);
    const giver = await peer.queryInterface<typeof service>('giver');
    const answer = giver.give();
    const connection = peer.link?.connection;
    connection?.pause();
    await settled();
    let stopped = false;
    const stopping = server.stop({ timeout: 60_000 }).then(() => {
      stopped = true;
    });
    // Goodbye is not read for a second.
    await clock.advance(1_000);
    await clock.advance(20_000);
    expect(stopped).toBe(false);
    connection?.resume();
    expect((await answer).length).toBe(300_000);
    await stopping;
    expect([server.unfinished, clock.now()]).toEqual([0, 21_000]);
    await client.stop();
  });
});

describe('a drain or a stop with less time', () => {
  const hangs = defineService({ name: 'work@1.0.0', methods: { hang: () => new Promise<void>(() => {}) } });

  /** A node on virtual time with a call that hangs, and the milliseconds after which work has ended. */
  async function hanging() {
    const clock = new VirtualClock();
    const node = await Netron.create({ ...silent, clock });
    await node.peer.exposeService(hangs);
    const call = node.peer.call('work', 'hang').catch(() => {});
    const start = clock.now();
    const took = (work: Promise<void>): Promise<number> => work.then(() => clock.now() - start);
    await settled();
    return { call, clock, node, took };
  }

  it('shortens the one in progress; one with more time or without a time does not', async () => {
    for (const life of ['drain', 'stop'] as const) {
      const { call, clock, node, took } = await hanging();
      const first = took(node[life]({ timeout: 60_000 }));
      await clock.advance(1_000);
      const second = took(node[life]({ timeout: 2_000 }));
      const third = took(node[life]({ timeout: 30_000 }));
      const last = took(node[life]());
      expect(await clock.settle(Promise.all([first, second, third, last]))).toEqual([3_000, 3_000, 3_000, 3_000]);
      expect(node.unfinished).toBe(1);
      await clock.settle(node.stop());
      await call;
      expect(clock.size).toBe(0);
    }
  });

  it('a stop shortens a drain, and counts the calls that neither has waited for', async () => {
    const { call, clock, node, took } = await hanging();
    const drained = took(node.drain({ timeout: 60_000 }));
    await clock.advance(1_000);
    const stopped = took(node.stop({ timeout: 500 }));
    expect(await clock.settle(Promise.all([drained, stopped]))).toEqual([1_500, 1_500]);
    await call;
    expect([node.unfinished, clock.size]).toEqual([1, 0]);
  });

  it('ends the one in progress at once when its time is 0', async () => {
    const { call, clock, node, took } = await hanging();
    const first = took(node.stop({ timeout: Infinity }));
    await clock.advance(1_000);
    await clock.settle(node.stop({ timeout: 0 }));
    expect(await first).toBe(1_000);
    await call;
  });
});
