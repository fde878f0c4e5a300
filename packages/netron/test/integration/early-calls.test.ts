/** Calls of other nodes' services that are made before registries have answered, in one process on virtual time. */
import { describe, expect, it } from 'vitest';
import { type DiscoveryBackend, memoryDiscovery } from '../../src/discovery.js';
import { defineService, MemoryTransport, Netron, type NetronOptions } from '../../src/index.js';
import { deferred } from '../../src/util/deferred.js';
import { discovered, UserService } from './discovered.js';
import { failure, quiet } from './nodes.js';

/** A set of nodes, and one more whose registry answers when it is released. */
async function waiting(options: NetronOptions = {}) {
  const set = discovered();
  const backend: DiscoveryBackend = memoryDiscovery(set.registry);
  const [asked, released] = [deferred<void>(), deferred<void>()];
  const start = backend.start.bind(backend);
  backend.start = async (host) => {
    await start(host);
    asked.resolve();
    await released.promise;
  };
  const node = Netron.prepare({
    id: 'early',
    clock: set.clock,
    logger: quiet,
    transports: { memory: { name: 'early' } },
    additionalTransports: [new MemoryTransport(set.network)],
    discovery: { backend, interval: 1_000 },
    ...options,
  });
  const dispose = async () => {
    released.resolve();
    await node.stop({ timeout: 0 });
    await set[Symbol.asyncDispose]();
  };
  return { set, node, asked: asked.promise, release: () => released.resolve(), [Symbol.asyncDispose]: dispose };
}

describe('a service that is asked for before registries have answered', () => {
  const ways = [
    ['through a proxy', (node: Netron) => node.service<UserService>('userService@1.0.0').getUser('1')],
    ['by name', (node: Netron) => node.call('userService@1.0.0', 'getUser', ['1'])],
  ] as const;
  for (const [how, call] of ways) {
    it(`is found when the node was called while it started, ${how}`, async () => {
      await using early = await waiting();
      const { set, node, asked, release } = early;
      const started = node.startListening();
      await asked;
      const answer = call(node);
      await set.clock.advance(10);
      release();
      await started;
      const server = await set.create('server');
      await server.peer.exposeService(new UserService());
      expect(await set.clock.settle(answer)).toEqual({ id: '1' });
    });

    it(`is found when it was asked for before the start, ${how}`, async () => {
      await using early = await waiting();
      const { set, node, release } = early;
      const answer = call(node);
      await set.clock.advance(10);
      release();
      await node.startListening();
      const server = await set.create('server');
      await server.peer.exposeService(new UserService());
      expect(await set.clock.settle(answer)).toEqual({ id: '1' });
    });
  }

  it('is not called at peers that have connected by themselves', async () => {
    await using early = await waiting();
    const { set, node, asked, release } = early;
    const started = node.startListening();
    await asked;
    const eve = await set.create('eve', { transports: {}, discovery: false });
    const peer = await eve.connect('memory:early');
    const heard: string[] = [];
    const posing = defineService({ name: 'userService@1.0.0', methods: { getUser: (id: string) => void heard.push(id) } });
    await eve.peer.exposeService(posing);
    await set.clock.advance(10);
    const answer = node.service<UserService>('userService@1.0.0').getUser('1');
    await set.clock.advance(1_000);
    release();
    await started;
    const server = await set.create('server');
    await server.peer.exposeService(new UserService());
    expect([await set.clock.settle(answer), heard, peer.state]).toEqual([{ id: '1' }, [], 'ready']);
  });

  it('is announced when it was exposed while the registry was asked', async () => {
    await using early = await waiting();
    const { set, node, asked, release } = early;
    const client = await set.create('client', { transports: {} });
    const started = node.startListening();
    await asked;
    await node.peer.exposeService(new UserService());
    await set.clock.advance(10);
    release();
    await started;
    expect(await client.discovery.findService('userService')).toMatchObject({ node: { id: 'early' } });
  });
});

it('a start that fails because of its registry leaves no discovery behind, and may be repeated', async () => {
  await using set = discovered();
  set.registry.failure = new Error('no registry');
  const backend = memoryDiscovery(set.registry);
  const node = Netron.prepare({ id: 'a', clock: set.clock, logger: quiet, discovery: { backend, required: true } });
  expect(await failure(node.startListening())).toMatchObject({ code: 'unavailable' });
  expect(() => node.discovery).toThrow('discovery has not started: call startListening()');
  set.registry.failure = undefined;
  await node.startListening();
  expect(node.discovery.state).toBe('ready');
  await node.stop();
});
