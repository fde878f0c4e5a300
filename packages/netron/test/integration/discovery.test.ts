/** Nodes that find each other, in one process on virtual time. */
import { describe, expect, it } from 'vitest';
import { memoryDiscovery, staticDiscovery, storeBackend } from '../../src/discovery.js';
import { defineService, Netron, type TransportListen } from '../../src/index.js';
import { discovered, UserService } from './discovered.js';
import { failure } from './nodes.js';

describe('discovery of a node', () => {
  it('DI-12: exposed services are announced, found and called by name', async () => {
    await using set = discovered();
    const server = await set.create('server');
    const client = await set.create('client', { transports: {} });
    const available: string[] = [];
    client.discovery.on('service:available', ({ id }) => available.push(id));
    await server.peer.exposeService(new UserService());
    await set.clock.advance(10);
    expect(available).toEqual(['server/userService@1.0.0']);
    const found = await client.discovery.findService('userService@1.0.0');
    expect(found).toMatchObject({ address: 'memory:server', node: { id: 'server' } });
    const peer = await client.connect(found?.address ?? '');
    const users = await peer.queryInterface<UserService>('userService@1.0.0');
    expect(await users.getUser('7')).toEqual({ id: '7' });
    await server.peer.concealService('userService');
    await set.clock.advance(10);
    expect(await client.discovery.findService('userService@1.0.0')).toBe(null);
  });

  it('queries the registries once for concurrent misses, and again later', async () => {
    await using set = discovered();
    const backend = memoryDiscovery(set.registry);
    let asked = 0;
    const refresh = backend.refresh.bind(backend);
    backend.refresh = () => {
      asked += 1;
      return refresh();
    };
    const client = await set.create('client', { discovery: { backend, interval: 1_000 } });
    const found = await Promise.all(Array.from({ length: 50 }, () => client.discovery.findService('nobody')));
    expect([found.every((service) => service === null), asked]).toEqual([true, 1]);
    await client.discovery.findService('nobody');
    expect(asked).toBe(1);
    await set.clock.advance(100);
    await client.discovery.findService('nobody');
    expect(asked).toBe(2);
  });

  it('a registry that does not notify of changes is queried again when the connection to one of its nodes is lost', async () => {
    await using set = discovered();
    const nodes = [];
    for (const id of ['a', 'b']) {
      nodes.push(await set.create(id));
      await nodes.at(-1)?.peer.exposeService(new UserService());
    }
    let listed = 'a';
    const dns = storeBackend(
      'zone',
      ({ view }) => ({
        beat: async () => view.replace([{ id: listed, instance: listed, status: 'up', addresses: [`memory:${listed}`] }]),
      }),
      { interval: 3_600_000, askWhenLost: true },
    );
    const client = await set.create('client', { transports: {}, discovery: { backend: dns } });
    const remote = client.service<UserService>('userService');
    expect(await set.clock.settle(remote.getUser('1'))).toEqual({ id: '1' });
    listed = 'b';
    await set.clock.settle(nodes[0]?.stop() ?? Promise.resolve());
    await set.clock.advance(1_100);
    expect(await set.ids(client)).toEqual(['b']);
    expect(await set.clock.settle(remote.getUser('2'))).toEqual({ id: '2' });
  });

  it('is off by default, and errors say so', async () => {
    const node = await Netron.create();
    expect(() => node.discovery).toThrow('discovery is off: set the option discovery');
    await node.stop();
  });

  it('DI-07: watch reports at once and at each change; explain gives reasons for each node; health a summary', async () => {
    await using set = discovered();
    const a = await set.create('a');
    const b = await set.create('b', {
      discovery: { backend: memoryDiscovery(set.registry), node: { labels: { tier: 'gold' } } },
    });
    await a.peer.exposeService(defineService({ name: 'users@1.0.0', methods: { get: () => 1 } }));
    await b.peer.exposeService(defineService({ name: 'users@2.0.0', methods: { get: () => 1 } }));
    await set.clock.advance(10);
    await a.discovery.findAllServices('users@*'); // what ranges need is loaded
    const seen: string[][] = [];
    const end = a.discovery.watch({ name: 'users', version: '*' }, (services) => seen.push(services.map(({ id }) => id)));
    await set.clock.advance(1);
    await b.peer.concealService('users');
    await set.clock.advance(10);
    end();
    await a.peer.concealService('users');
    await set.clock.advance(10);
    expect(seen).toEqual([['a/users@1.0.0', 'b/users@2.0.0'], ['a/users@1.0.0']]);

    await a.peer.exposeService(defineService({ name: 'users@1.0.0', methods: { get: () => 1 } }));
    await b.peer.exposeService(defineService({ name: 'users@2.0.0', methods: { get: () => 1 } }));
    await set.clock.advance(10);
    expect(await a.discovery.explain('users@^2.0.0')).toMatchObject([
      { node: { id: 'a' }, used: false, reason: 'its versions are not in the range ^2.0.0', versions: ['1.0.0'] },
      { node: { id: 'b' }, used: true, reason: 'it fits', versions: ['2.0.0'], connected: false, listed: true },
    ]);
    const labels = { tier: 'gold' };
    expect(await a.discovery.explain({ name: 'users', labels })).toMatchObject([{ reason: 'it does not have the labels' }, {}]);
    expect(await a.discovery.health('b')).toMatchObject({ status: 'healthy' });
    expect(await a.discovery.health('b/users@2.0.0')).toMatchObject({ status: 'healthy' });
    expect(await a.discovery.health('nobody')).toMatchObject({ status: 'unhealthy' });
  });

  it('DI-17: several registries: listed nodes beside announced ones', async () => {
    await using set = discovered();
    const edge = { id: 'edge', address: 'memory:edge', services: ['cache@1.0.0'], labels: { kind: 'edge' } };
    const a = await set.create('a', { discovery: [memoryDiscovery(set.registry), staticDiscovery([edge, 'memory:other'])] });
    await set.create('b');
    await set.clock.advance(10);
    expect(await set.ids(a)).toEqual(['a', 'b', 'edge', 'memory:other']);
    expect(await a.discovery.findService({ name: 'cache', labels: { kind: 'edge' } })).toMatchObject({ address: 'memory:edge' });
  });
});

describe("discovery.connect: 'all'", () => {
  it('connects to every node that is found, and lets go of those that leave', async () => {
    await using set = discovered();
    const all = () => ({ discovery: { backend: memoryDiscovery(set.registry), interval: 1_000, connect: 'all' as const } });
    const [a, b] = [await set.create('a', all()), await set.create('b')];
    // Each makes connections of its own, beside those that come.
    const dialed = ({ peers }: Netron) =>
      [...peers.values()].flatMap((peer) => (peer.dialed ? peer.id.replace(/#.*/, '') : [])).sort();
    await set.clock.advance(100);
    expect(dialed(a)).toEqual(['b']);
    const c = await set.create('c', all());
    await set.clock.advance(2_000);
    expect([dialed(a), dialed(b), dialed(c)]).toEqual([['b', 'c'], [], ['a', 'b']]);
    await set.clock.settle(b.stop());
    await set.clock.advance(2_000);
    expect([dialed(a), dialed(c)]).toEqual([['c'], ['a']]);
    const wrong = { discovery: { backend: memoryDiscovery(set.registry), connect: 'some' as never } };
    expect(await failure(set.create('d', wrong))).toBeInstanceOf(RangeError);
  });
});

describe('addresses that registries name', () => {
  const announced = async (memory: TransportListen[]) => {
    await using set = discovered();
    const node = await set.create('a', { transports: { memory } });
    const [known] = await node.discovery.getActiveNodes();
    return [node.addresses, known?.addresses ?? []];
  };

  it('are those of all listeners, unless some state otherwise', async () => {
    expect(await announced([{ name: 'x' }, { name: 'y' }])).toEqual([
      ['memory:x', 'memory:y'],
      ['memory:x', 'memory:y'],
    ]);
    expect((await announced([{ name: 'x', advertise: false }, { name: 'y' }]))[1]).toEqual(['memory:y']);
    expect((await announced([{ name: 'x' }, { name: 'y', advertise: true }, { name: 'z' }]))[1]).toEqual(['memory:y']);
    expect((await announced([{ name: 'x', advertise: false }]))[1]).toEqual([]);
  });

  it('leave out listeners that show some services only, where another one shows all', async () => {
    expect((await announced([{ name: 'x', services: ['users'] }, { name: 'y' }]))[1]).toEqual(['memory:y']);
    expect((await announced([{ name: 'x', services: ['users'] }]))[1]).toEqual(['memory:x']);
    await using set = discovered();
    const server = await set.create('server', {
      transports: { memory: [{ name: 'few', services: ['other'] }, { name: 'all' }] },
    });
    await server.peer.exposeService(new UserService());
    const client = await set.create('client', { transports: {} });
    const users = client.service<UserService>('userService');
    expect(await set.clock.settle(users.getUser('7'))).toEqual({ id: '7' });
  });

  it('are refused when they are neither named nor left out', async () => {
    await using set = discovered();
    const wrong = { transports: { memory: { name: 'a', advertise: 'no' as never } } };
    expect(await failure(set.create('a', wrong))).toMatchObject({
      name: 'TypeError',
      message: 'transports.memory.advertise must be a boolean, not a string',
    });
  });
});

it('a backend that belongs to another node is refused, and keeps working for that node', async () => {
  await using set = discovered();
  const backend = memoryDiscovery(set.registry);
  const a = await set.create('a', { discovery: { backend, interval: 1_000 } });
  const refused = await failure(set.create('b', { discovery: [backend] }));
  expect(refused).toMatchObject({ code: 'failed_precondition', message: expect.stringContaining("'memory'") });
  const c = await set.create('c');
  await set.clock.advance(60_000);
  expect([await set.ids(a), await set.ids(c)]).toEqual([
    ['a', 'c'],
    ['a', 'c'],
  ]);
});
