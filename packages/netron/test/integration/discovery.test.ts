/** Nodes that find each other, in one process on virtual time. */
import { describe, expect, it } from 'vitest';
import { MemoryRegistry, memoryDiscovery, staticDiscovery, storeBackend } from '../../src/discovery.js';
import { NetronHealthCheck } from '../../src/health.js';
import { defineService, MemoryNetwork, MemoryTransport, Netron, type NetronOptions, Public, Service } from '../../src/index.js';
import './loaded.js';
import { failure, gate, quiet } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';

@Service('userService@1.0.0')
class UserService {
  @Public() getUser(id: string) {
    return { id };
  }
}

function cluster() {
  const registry = new MemoryRegistry();
  const clock = new VirtualClock();
  const network = new MemoryNetwork();
  const nodes: Netron[] = [];
  const create = async (id: string, options: NetronOptions = {}) => {
    const node = await Netron.create({
      id,
      clock,
      logger: quiet,
      transports: { memory: { name: id } },
      additionalTransports: [new MemoryTransport(network)],
      discovery: { backend: memoryDiscovery(registry), interval: 1_000 },
      ...options,
    });
    nodes.push(node);
    return node;
  };
  return {
    registry,
    clock,
    create,
    ids: async ({ discovery }: Netron) => (await discovery.getActiveNodes()).map(({ id }) => id).sort(),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(nodes.map((node) => node.stop({ timeout: 0 })));
    },
  };
}

describe('discovery of a node', () => {
  it('DI-12: exposed services are announced, found and called by name', async () => {
    await using set = cluster();
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
    await using set = cluster();
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

  it('waitForService resolves as soon as a node has the service, and at once when one has', async () => {
    await using set = cluster();
    const server = await set.create('server');
    const client = await set.create('client', { transports: {} });
    const waiting = client.discovery.waitForService('userService@^1.0.0');
    await set.clock.advance(9_000);
    await server.peer.exposeService(new UserService());
    expect(await waiting).toMatchObject({ id: 'server/userService@1.0.0', address: 'memory:server' });
    const before = set.clock.size;
    expect(await client.discovery.waitForService('userService')).toMatchObject({ id: 'server/userService@1.0.0' });
    expect(set.clock.size).toBe(before);
  });

  it('waitForService fails after its time, with its signal, when the node stops, and for wrong queries and options', async () => {
    await using set = cluster();
    const client = await set.create('client', { transports: {} });
    const { discovery } = client;
    const late = discovery.waitForService('nobody', { timeout: 3_000 });
    expect(await set.clock.settle(failure(late))).toMatchObject({
      code: 'deadline_exceeded',
      message: "no node has had service 'nobody' for 3000 ms",
    });
    const enough = new AbortController();
    const canceled = discovery.waitForService('nobody', { signal: enough.signal });
    enough.abort(new Error('enough'));
    expect(await failure(canceled)).toMatchObject({ message: 'enough' });
    expect(await failure(discovery.waitForService({ name: 'nobody', version: 'none' }))).toMatchObject({
      code: 'invalid_argument',
    });
    expect(await failure(discovery.waitForService('nobody', { timeout: Number.NaN }))).toBeInstanceOf(RangeError);
    expect(await failure(discovery.waitForService('nobody', { timout: 1 } as never))).toMatchObject({
      message: "waitForService: there is no option 'timout'; did you mean 'timeout'?",
    });
    const stopped = failure(discovery.waitForService('nobody', { timeout: Infinity }));
    await set.clock.settle(client.stop());
    expect(await stopped).toMatchObject({ code: 'unavailable' });
    expect(await failure(discovery.waitForService('nobody'))).toMatchObject({ code: 'unavailable' });
  });

  it.each([
    ['hangs', (end: Promise<void>) => end],
    ['fails', () => Promise.reject(new Error('no'))],
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
  ] as const)('waitForService ends with its node, also when the end of a registry %s', async (_, stop) => {
    await using set = cluster();
    const end = gate();
    const backend = Object.assign(memoryDiscovery(set.registry), { stop: () => stop(end.opened) });
    const client = await set.create('client', { transports: {}, discovery: { backend, interval: 1_000 } });
    const waiting = failure(client.discovery.waitForService('nobody', { timeout: 600_000 }));
    await set.clock.advance(10);
    void client.discovery.stop();
    expect(await set.clock.settle(waiting)).toMatchObject({ code: 'unavailable' });
    end.open();
  });

  it('a registry that does not tell of changes is queried again when the connection to one of its nodes is lost', async () => {
    await using set = cluster();
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
    expect(() => node.discovery).toThrow('discovery is off: give the option discovery');
    await node.stop();
  });

  it('DI-13, D3: a silent node is removed after its ttl, a stopped one at once', async () => {
    await using set = cluster();
    const watching = await set.create('watching');
    const frozen = new VirtualClock();
    await set.create('frozen', { clock: frozen }); // its time stands still: it announces nothing more
    const stopping = await set.create('stopping');
    expect(await set.ids(watching)).toEqual(['frozen', 'stopping', 'watching']);
    const left: string[] = [];
    watching.discovery.on('node:left', (id) => left.push(id));
    await stopping.stop();
    expect(left).toEqual(['stopping']);
    await set.clock.advance(2_900);
    expect(left).toEqual(['stopping']);
    await set.clock.advance(1_300);
    expect(left).toEqual(['stopping', 'frozen']);
  });

  it('D4: of two runs with one id the later counts for all; for a minute nobody sees the other', async () => {
    await using set = cluster();
    const watching = await set.create('watching');
    const first = await set.create('twice', { discovery: { backend: memoryDiscovery(set.registry), interval: 1_000 } });
    const conflicts: string[] = [];
    first.discovery.on('conflict', ({ id }) => conflicts.push(id));
    const second = await set.create('twice', { transports: { memory: { name: 'second' } } });
    await set.clock.advance(2_000);
    const changes: string[] = [];
    watching.discovery.on('*', (event) => changes.push(event));
    for (let turn = 0; turn < 60; turn += 1) {
      // What a node says anew is announced at once.
      for (const node of [first, second]) {
        await node.peer.exposeService(new UserService());
        await node.peer.concealService('userService');
      }
      await set.clock.advance(1_000);
    }
    expect(conflicts).toEqual(['twice']);
    expect(changes.filter((event) => event === 'node:joined' || event === 'node:left')).toEqual([]);
    const twice = (await watching.discovery.getActiveNodes()).find(({ id }) => id === 'twice');
    expect(twice?.addresses).toEqual(['memory:second']);
  });

  it('D1: nodes stay known and calls continue while the registry is down; it recovers within two beats', async () => {
    await using set = cluster();
    const a = await set.create('a');
    const b = await set.create('b');
    await set.clock.advance(10);
    const states: string[] = [];
    a.discovery.on('state', ({ state }) => states.push(state));
    set.registry.failure = new Error('connection refused');
    await set.clock.advance(60_000);
    expect([await set.ids(a), a.discovery.state, states]).toEqual([['a', 'b'], 'degraded', ['degraded']]);
    set.registry.clear();
    set.registry.failure = undefined;
    await set.clock.advance(2_200);
    expect([await set.ids(a), await set.ids(b), a.discovery.state]).toEqual([['a', 'b'], ['a', 'b'], 'ready']);
  });

  it('D2, D6: an emptied registry removes no connected node', async () => {
    await using set = cluster();
    const a = await set.create('a');
    const b = await set.create('b');
    await set.clock.advance(10);
    await a.connect('memory:b');
    const left: string[] = [];
    a.discovery.on('node:left', (id) => left.push(id));
    set.registry.clear();
    await a.discovery.findAllServices({ name: 'x', fresh: true });
    expect([await set.ids(a), left]).toEqual([['a', 'b'], []]);
    await set.clock.advance(2_200);
    expect([await set.ids(a), await set.ids(b)]).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    expect(left).toEqual([]);
  });

  it('an unreachable registry makes it degraded; with `required` creation fails', async () => {
    await using set = cluster();
    set.registry.failure = new Error('connection refused');
    const node = await set.create('a');
    expect(node.discovery.state).toBe('degraded');
    const health = new NetronHealthCheck(node, { clock: set.clock, timeout: 100 });
    const checking = health.check();
    await set.clock.advance(20);
    expect((await checking).checks.discovery).toMatchObject({ healthy: false, message: 'memory: connection refused' });
    const required = { backend: memoryDiscovery(set.registry), required: true };
    await expect(set.create('b', { discovery: required })).rejects.toThrow('connection refused');
  });

  it('waits for a registry at most connectTimeout', async () => {
    await using set = cluster();
    const silent = {
      name: 'silent',
      start: () => new Promise<void>(() => {}),
      announce() {},
      refresh: async () => {},
      stop: async () => {},
    };
    const creating = set.create('a', { discovery: { backend: silent }, connectTimeout: 500 });
    await set.clock.advance(500);
    const node = await creating;
    expect(node.discovery.backends).toMatchObject([{ up: false, error: { message: 'discovery: no answer within 500 ms' } }]);
  });

  it('DI-07: watch reports at once and at each change; explain gives reasons for each node; health a summary', async () => {
    await using set = cluster();
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
    await using set = cluster();
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
    await using set = cluster();
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

it('a backend that belongs to another node is refused, and goes on for that one', async () => {
  await using set = cluster();
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

describe('OB-09: NetronHealthCheck', () => {
  it('runs its own and added checks with their timeouts; a failing critical one makes it unhealthy', async () => {
    await using set = cluster();
    const node = await set.create('a');
    const health = new NetronHealthCheck(node, { clock: set.clock, timeout: 1_000 })
      .add('cache', () => true)
      .add('queue', () => new Promise<boolean>(() => {}))
      .add('disk', async () => {
        throw new Error('disk full');
      })
      .add('mail', (() => undefined) as never);
    const check = async () => {
      const checking = health.check();
      await set.clock.advance(1_000);
      return checking;
    };
    const status = await check();
    expect(status.status).toBe('degraded');
    expect(status.timestamp).toBeGreaterThan(1_600_000_000_000);
    expect(status.checks).toMatchObject({
      transports: { healthy: true, critical: true },
      discovery: { healthy: true, details: { state: 'ready' } },
      peers: { healthy: true, details: { connected: 0 } },
      memory: { healthy: true },
      eventLoop: { healthy: true },
      cache: { healthy: true },
      queue: { healthy: false, message: 'took longer than 1000 ms' },
      disk: { healthy: false, message: 'disk full' },
      mail: { healthy: false, message: 'a check answers with a boolean or { healthy }, not with undefined' },
    });
    health.add('database', () => ({ healthy: false, message: 'gone' }), { critical: true });
    expect((await check()).status).toBe('unhealthy');
    health
      .add('database', () => true)
      .add('queue', () => true)
      .add('mail', () => true)
      .add('disk', () => true);
    expect((await check()).status).toBe('healthy');
    await node.stopListening();
    expect(await check()).toMatchObject({
      status: 'unhealthy',
      checks: { transports: { message: 'listens at 0 of 1 addresses' } },
    });
  });
});
