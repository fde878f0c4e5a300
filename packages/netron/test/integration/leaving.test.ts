import { describe, expect, it } from 'vitest';
import { defineService, MemoryTransport, Netron, type RemotePeer, withOptions } from '../../src/index.js';
import { failure, gate, quiet, until } from './nodes.js';

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
  const transports = { memory: { name: 'work' } };
  const node = Netron.prepare({ ...options, id, transports, additionalTransports: [memory] });
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

  it('each connection keeps its own generators, which have equal numbers', async () => {
    const memory = new MemoryTransport();
    /** A generator that repeats what it is told. */
    const parrot = (name: string) =>
      defineService({
        name: 'parrot@1.0.0',
        methods: {
          async *talk(): AsyncGenerator<string, void, string> {
            for (let heard = 'nothing'; ; ) heard = yield `${name} heard ${heard}`;
          },
        },
      });
    const talks: AsyncGenerator<string, void, string>[] = [];
    const host = () =>
      defineService({
        name: 'host@1.0.0',
        methods: {
          async listen(of: ReturnType<typeof parrot>): Promise<void> {
            talks.push(withOptions(of, { steps: true }).talk());
            await talks.at(-1)?.next();
          },
        },
      });
    type Host = ReturnType<typeof host>;
    const first = await serving('first', memory, host());
    const client = await Netron.create({ ...options, additionalTransports: [memory] });
    const peer = await client.connect('memory:work');
    const hosted = await peer.queryInterface<Host>('host');
    await hosted.listen(parrot('one'));
    await first.stopListening();
    const second = await serving('second', memory, host());
    const draining = first.drain({ timeout: 60_000 });
    await until(() => peer.id === 'second' && peer.state === 'ready');
    await hosted.listen(parrot('two'));
    const [one, two] = talks as [(typeof talks)[0], (typeof talks)[0]];
    expect(await one.next('a')).toEqual({ done: false, value: 'one heard a' });
    expect(await two.next('b')).toEqual({ done: false, value: 'two heard b' });
    await Promise.all([one.return(), two.return(), draining]);
    await Promise.all([client.stop(), first.stop(), second.stop()]);
  });

  it('a service that both nodes have exposed here continues at the next one, whatever the previous one conceals', async () => {
    const memory = new MemoryTransport();
    const { open, opened } = gate();
    const begun: string[] = [];
    const first = await serving('first', memory, named('first', opened, begun));
    const client = await Netron.create({ ...options, additionalTransports: [memory], allowRemoteServices: true });
    const peer = await client.connect('memory:work');
    const slow = (await peer.queryInterface<Work>('work')).slow();
    await until(() => begun.length === 1);
    const where = (node: string) => defineService({ name: 'where@1.0.0', methods: { node: () => node } });
    const [back] = [...first.peers.values()] as [RemotePeer];
    await back.exposeService(where('first'));
    const exposed = await client.peer.queryInterface<ReturnType<typeof where>>('where');
    expect(await exposed.node()).toBe('first');
    await first.stopListening();
    const second = await serving('second', memory, named('second', opened));
    const draining = first.drain({ timeout: 60_000 });
    await until(() => peer.id === 'second' && peer.state === 'ready');
    await [...second.peers.values()][0]?.exposeService(where('second'));
    expect(await exposed.node()).toBe('second');
    expect(await failure(back.concealService('where'))).toMatchObject({ code: 'not_found' });
    expect(await exposed.node()).toBe('second');
    open();
    await Promise.all([slow, draining]);
    await first.stop();
    expect(await exposed.node()).toBe('second');
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
