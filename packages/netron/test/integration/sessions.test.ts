/** Sessions: what is under way when a connection is lost goes on over the next one. */
import { describe, expect, it } from 'vitest';
import { MemoryTransport, Netron, type NetronError, type NetronOptions } from '../../src/index.js';
import { failure, quiet, until } from './nodes.js';
import { pair, type Shop, shop } from './resumed.js';
import { VirtualClock } from './virtual-clock.js';

describe('a session', () => {
  it('continues over the next connection: calls, streams, subscriptions and references', async () => {
    await using nodes = await pair();
    const { peer, remote, server, answer } = nodes;
    const { link } = peer;
    const back = server.peers.get('client');
    const states: string[] = [];
    for (const event of ['interrupted', 'resumed', 'connected', 'disconnected'] as const) {
      peer.on(event, () => states.push(`${event} ${peer.state}`));
    }
    const heard: unknown[] = [];
    await peer.subscribe('news', (data) => heard.push(data));
    const call = remote.wait();
    const both = (await remote.twice(async (text: string) => text.toUpperCase())) as unknown as () => Promise<string>;
    const items: number[] = [];
    for await (const item of await remote.count(300)) {
      items.push(item);
      if (item % 100 === 50) peer.link?.connection.terminate();
    }
    expect(items).toEqual(Array.from({ length: 300 }, (_, at) => at));
    server.publish('news', 1);
    expect(await both()).toBe('AB');
    answer();
    expect(await call).toBe('answered');
    await until(() => heard.length === 1);
    expect(peer.link).toBe(link);
    expect(server.peers.get('client')).toBe(back);
    expect(states.slice(0, 2)).toEqual(['interrupted suspended', 'resumed ready']);
    expect(states.filter((state) => /connected/.test(state))).toEqual([]);
  });

  it('accepts calls without a connection: they wait and run once', async () => {
    await using nodes = await pair();
    const { peer, remote, effects } = nodes;
    peer.link?.connection.terminate();
    expect(peer.state).toBe('suspended');
    expect(await Promise.all([1, 2, 3].map((id) => remote.order(id)))).toEqual([1, 2, 3]);
    expect([...effects.values()]).toEqual([1, 1, 1]);
  });

  it('that is not resumed in time fails its calls with unknown_outcome', async () => {
    const clock = new VirtualClock();
    const memory = new MemoryTransport();
    const sold = shop();
    const common: NetronOptions = { logger: quiet, additionalTransports: [memory], stopTimeout: 0, clock };
    const server = await Netron.create({ ...common, id: 'server', transports: { memory: { name: 'a' } } });
    await server.peer.exposeService(sold.service);
    const client = await Netron.create({ ...common, id: 'client', requestTimeout: 0 });
    const peer = await clock.settle(client.connect('memory:a', { session: { window: 5_000 } }));
    const remote = await clock.settle(peer.queryInterface<Shop>('shop'));
    const call = failure(remote.wait());
    const stream = failure(
      (async () => {
        for await (const _ of await remote.endless());
      })(),
    );
    await clock.advance(10);
    await server.stopListening();
    const { link } = peer;
    link?.connection.terminate();
    await clock.advance(4_900);
    expect(peer.state).toBe('suspended');
    expect(peer.link).toBe(link);
    await clock.advance(200);
    expect(await call).toMatchObject({ code: 'unknown_outcome', details: { reason: 'resume_failed' }, outcome: 'unknown' });
    expect(await stream).toMatchObject({ code: 'unavailable', details: { reason: 'resume_failed' } });
    expect(peer.link).toBeUndefined();
    await clock.settle(Promise.all([client.stop(), server.stop()]));
    expect(clock.size).toBe(0);
  });

  it('continues while its node drains, and is not waited for once that stops, because its listeners are closed', async () => {
    const clock = new VirtualClock();
    const memory = new MemoryTransport();
    const sold = shop();
    const common: NetronOptions = { logger: quiet, additionalTransports: [memory], clock };
    const server = await Netron.create({ ...common, id: 'server', transports: { memory: { name: 'a' } } });
    await server.peer.exposeService(sold.service);
    const client = await Netron.create({ ...common, id: 'client', requestTimeout: 0, stopTimeout: 0, reconnectDelay: 1 });
    const peer = await clock.settle(client.connect('memory:a', { session: { window: 60_000 } }));
    const remote = await clock.settle(peer.queryInterface<Shop>('shop'));
    const call = remote.wait();
    const endless = await clock.settle(remote.endless());
    await clock.advance(10);
    const drained = server.drain({ timeout: 5_000 });
    await clock.advance(10);
    peer.link?.connection.terminate();
    await clock.advance(1_000);
    sold.answer();
    expect(await clock.settle(call)).toBe('answered');
    await clock.settle(drained);
    // The stream is still there, and would go on for ever.
    expect(server.unfinished).toBe(1);
    const started = clock.now();
    const stopped = server.stop({ timeout: 30_000 });
    await clock.advance(10);
    peer.link?.connection.terminate();
    await clock.settle(stopped);
    expect([clock.now() - started < 2_000, server.unfinished]).toEqual([true, 0]);
    await clock.settle(client.stop());
    const rest = (async () => {
      for await (const _ of endless);
    })();
    await expect(clock.settle(rest)).rejects.toMatchObject({ code: 'unavailable' });
    expect(clock.size).toBe(0);
  });

  it('ends when the other end does not know it, and a new one begins', async () => {
    await using nodes = await pair({ server: { session: { window: 1 } } });
    const { peer, remote, server, effects } = nodes;
    const { link } = peer;
    const call = failure(remote.wait());
    await until(() => peer.load.callsSent === 1);
    const [back] = server.peers.values();
    // The client waits for half a minute, the server for a millisecond.
    const { network } = nodes.memory;
    const listener = network.find('a');
    network.release('a');
    link?.connection.terminate();
    await until(() => back?.link === undefined);
    expect(peer.link).toBe(link);
    network.bind('a', listener as NonNullable<typeof listener>);
    expect(await call).toMatchObject({ code: 'unknown_outcome', details: { reason: 'resume_failed' } });
    expect(await remote.order(1)).toBe(1);
    expect(effects.get(1)).toBe(1);
    expect(peer.link).not.toBe(link);
  });

  it('is not used by ends without the option or feature', async () => {
    await using nodes = await pair({ server: { session: false } });
    const { peer, remote, effects } = nodes;
    const { link } = peer;
    expect(await remote.order(1)).toBe(1);
    const call = failure(remote.wait());
    await until(() => peer.load.callsSent === 1);
    peer.link?.connection.terminate();
    expect(await call).toMatchObject({ code: 'unknown_outcome' });
    expect(((await call) as NetronError).details).toBeUndefined();
    expect(await remote.order(2)).toBe(2);
    expect(peer.link).not.toBe(link);
    expect([...effects.values()]).toEqual([1, 1]);
  });

  it('refuses invalid bounds', async () => {
    await expect(Netron.create({ session: { window: 0 } })).rejects.toThrow(RangeError);
    await expect(Netron.create({ session: { window: 120_001 } })).rejects.toThrow(RangeError);
    await expect(Netron.create({ session: { buffer: 1_000 } })).rejects.toThrow(RangeError);
    await using node = await Netron.create();
    await expect(node.connect('memory:nobody', { session: { buffer: 1.5 } })).rejects.toThrow(RangeError);
  });
});
