import { describe, expect, it } from 'vitest';
import { defineService, MemoryTransport, Netron } from '../../src/index.js';
import { gate, quiet, until } from './nodes.js';

const options = { logger: quiet, stopTimeout: 0, reconnectDelay: 0 };

/** A service of one node, whose slow method waits for `opened`. */
function named(node: string, opened: Promise<void>, begun: string[] = []) {
  return defineService({
    name: 'work@1.0.0',
    methods: {
      slow: async () => {
        begun.push(node);
        await opened;
        return node;
      },
      fast: () => node,
    },
  });
}

type Work = ReturnType<typeof named>;

async function serving(id: string, memory: MemoryTransport, service: object): Promise<Netron> {
  const node = Netron.prepare({ ...options, id, transports: { memory: { name: 'work' } }, additionalTransports: [memory] });
  await node.peer.exposeService(service);
  await node.startListening();
  return node;
}

describe('after goodbye', () => {
  it('new calls use a new connection at once, running ones finish on the previous connection', async () => {
    const memory = new MemoryTransport();
    const { open, opened } = gate();
    const begun: string[] = [];
    const first = await serving('first', memory, named('first', opened, begun));
    const client = await Netron.create({ ...options, additionalTransports: [memory] });
    const peer = await client.connect('memory:work');
    const work = await peer.queryInterface<Work>('work');
    const slow = work.slow();
    await until(() => begun.length === 1);
    await first.stopListening();
    const second = await serving('second', memory, named('second', opened));
    const reasons: string[] = [];
    peer.on('draining', (reason) => reasons.push(reason));
    const draining = first.drain({ timeout: 60_000 });
    expect(await work.fast()).toBe('first'); // sent before the goodbye was read
    await until(() => peer.id === 'second');
    expect(await work.fast()).toBe('second');
    expect([peer.isBusy(), peer.state, reasons]).toEqual([true, 'ready', ['the node is draining']]);
    open();
    expect(await slow).toBe('first');
    await draining;
    expect(peer.state).toBe('ready');
    await first.stop();
    expect([peer.state, await work.fast()]).toEqual(['ready', 'second']);
    await Promise.all([client.stop(), second.stop()]);
  });

  it('the leaving connection is used until it ends when there is no other, then a new one is made', async () => {
    const memory = new MemoryTransport();
    const { open, opened } = gate();
    const begun: string[] = [];
    const first = await serving('first', memory, named('first', opened, begun));
    const client = await Netron.create({ ...options, additionalTransports: [memory] });
    const peer = await client.connect('memory:work');
    const work = await peer.queryInterface<Work>('work');
    const slow = work.slow();
    await until(() => begun.length === 1);
    const stopping = first.stop({ timeout: 60_000 });
    await until(() => peer.state === 'draining');
    const waiting = work.fast();
    open();
    expect(await slow).toBe('first');
    await stopping;
    const second = await serving('second', memory, named('second', opened));
    expect(await waiting).toBe('second');
    await Promise.all([client.stop(), second.stop()]);
  });

  it('disconnect() ends leaving connections, too', async () => {
    const memory = new MemoryTransport();
    const { opened } = gate();
    const begun: string[] = [];
    const first = await serving('first', memory, named('first', opened, begun));
    const client = await Netron.create({ ...options, additionalTransports: [memory] });
    const peer = await client.connect('memory:work');
    const slow = (await peer.queryInterface<Work>('work')).slow();
    await until(() => begun.length === 1);
    await first.stopListening();
    const second = await serving('second', memory, named('second', opened));
    void first.drain({ timeout: 60_000 });
    await until(() => peer.id === 'second');
    await peer.disconnect();
    await expect(slow).rejects.toMatchObject({ code: 'unknown_outcome' });
    await until(() => first.peers.size === 0);
    await Promise.all([client.stop(), first.stop(), second.stop()]);
  });
});
