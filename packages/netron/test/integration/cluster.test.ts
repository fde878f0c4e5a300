/** Services of several nodes, in one process on virtual time. */
import { describe, expect, it, vi } from 'vitest';
import { type BalancedPeer, type LoadBalancer, MemoryRegistry, memoryDiscovery, staticDiscovery } from '../../src/discovery.js';
import {
  Discovery,
  defineService,
  events,
  getCallContext,
  Idempotent,
  MemoryNetwork,
  MemoryTransport,
  type Middleware,
  Netron,
  NetronError,
  type NetronOptions,
  type ServiceConnectOptions,
  withAnnotations,
  withOptions,
} from '../../src/index.js';
import { failure, gate, loseConnections, quiet } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';

/** A service that says where it runs. */
function users(id: string, version = '1.0.0') {
  const calls: string[] = [];
  const service = defineService({
    name: `users@${version}`,
    events: events<{ created: string }>(),
    methods: {
      where: () => {
        calls.push('where');
        return id;
      },
      fail: withAnnotations(() => {
        calls.push('fail');
        throw new NetronError('unavailable', `${id} is out of order`);
      }, Idempotent()),
      once: () => {
        calls.push('once');
        throw new NetronError('unavailable', `${id} is out of order`);
      },
      wait: () => new Promise<string>(() => {}),
      hangAt: (node: string) => (node === id ? new Promise<string>(() => {}) : id),
      async *count(to: number) {
        for (let number = 0; number < to; number += 1) yield `${id} ${number}`;
      },
      counter: () => {
        let value = 0;
        return defineService({ name: 'counter', methods: { next: () => `${id} ${(value += 1)}` } });
      },
      create: (name: string) => {
        (service as unknown as { emit(event: string, data: string): void }).emit('created', `${name} at ${id}`);
      },
    },
    properties: { level: 1 },
    writable: ['level'],
  });
  return Object.assign(service, { calls });
}
type Users = ReturnType<typeof users>;

function cluster() {
  const registry = new MemoryRegistry();
  const clock = new VirtualClock();
  const network = new MemoryNetwork();
  const nodes: Netron[] = [];
  const services: Users[] = [];
  const create = async (id: string, options: NetronOptions = {}) => {
    const node = await Netron.create({
      id,
      clock,
      logger: quiet,
      transports: { memory: { name: id } },
      additionalTransports: [new MemoryTransport(network)],
      discovery: { backend: memoryDiscovery(registry), interval: 1_000 },
      allowServiceEvents: true,
      remoteEvents: true,
      ...options,
    });
    nodes.push(node);
    return node;
  };
  const server = async (id: string, version?: string, options: NetronOptions = {}) => {
    const node = await create(id, options);
    const service = users(id, version);
    services.push(service);
    await node.peer.exposeService(service);
    return { node, service };
  };
  return {
    registry,
    clock,
    network,
    create,
    server,
    /** Runs of the method that fails, at all servers. */
    failures: () => services.flatMap(({ calls }) => calls.filter((name) => name === 'fail')).length,
    client: (options: NetronOptions = {}) => create('client', { transports: {}, ...options }),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(nodes.map((node) => node.stop({ timeout: 0 })));
    },
  };
}

/** Answers of `count` calls, sorted. */
async function spread(remote: { where(): Promise<string> }, count: number): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (let call = 0; call < count; call += 1) {
    const where = await remote.where();
    found[where] = (found[where] ?? 0) + 1;
  }
  return found;
}

describe('netron.service', () => {
  it('returns a proxy at once, whose calls wait for a node', async () => {
    await using set = cluster();
    const client = await set.client();
    const remote = client.service<Users>('users@^1.0.0');
    const early = remote.where();
    await set.clock.advance(100);
    await set.server('a');
    expect(await set.clock.settle(early)).toBe('a');
    expect(await remote.where()).toBe('a');
  });

  it('LB-01: spreads calls over all nodes by the named balancer', async () => {
    await using set = cluster();
    for (const id of ['a', 'b', 'c']) await set.server(id);
    const client = await set.client();
    const turn = client.service<Users>('users', { loadBalancer: 'round-robin' });
    await set.clock.settle(turn.where());
    await set.clock.advance(100);
    expect(await spread(turn, 30)).toEqual({ a: 10, b: 10, c: 10 });
    const even = client.service<Users>('users');
    await set.clock.settle(even.where());
    await set.clock.advance(100);
    expect(Object.keys(await spread(even, 60)).sort()).toEqual(['a', 'b', 'c']);
  });

  it('uses versions in the range that have the member', async () => {
    await using set = cluster();
    await set.server('old', '1.0.0');
    await set.server('new', '1.2.0');
    await set.server('next', '2.0.0');
    const client = await set.client();
    const remote = client.service<Users>('users@^1.0.0', { loadBalancer: 'round-robin' });
    await set.clock.settle(remote.where());
    await set.clock.advance(100);
    expect(await spread(remote, 10)).toEqual({ old: 5, new: 5 });
    const latest = client.service<Users>('users');
    expect(await set.clock.settle(latest.where())).toBe('next');
  });

  it('asks the balancer once for each call, always with the same list: of the nodes that have the member', async () => {
    await using set = cluster();
    for (const id of ['a', 'b']) await set.server(id);
    for (const id of ['c', 'd']) {
      const { peer } = await set.create(id);
      await peer.exposeService(defineService({ name: 'users@1.1.0', methods: { where: () => id, since: () => id } }));
    }
    const client = await set.client();
    const asked = new Map<string, (readonly BalancedPeer[])[]>();
    const loadBalancer: LoadBalancer = {
      selectPeer(list, { method }) {
        asked.set(method, [...(asked.get(method) ?? []), list]);
        return list[0] as BalancedPeer;
      },
      reportResult() {},
    };
    type Members = Record<'where' | 'since' | 'once', () => Promise<string>>;
    const remote = client.service<Members>('users@^1.0.0', { loadBalancer, retry: false });
    await set.clock.settle(remote.where());
    await set.clock.advance(100);
    asked.clear();
    for (let call = 0; call < 3; call += 1) {
      await remote.where();
      await remote.since();
      await failure(remote.once());
    }
    for (const [method, ids] of [
      ['where', 'abcd'],
      ['since', 'cd'],
      ['once', 'ab'],
    ] as const) {
      const lists = asked.get(method) ?? [];
      expect(lists).toHaveLength(3);
      expect(new Set(lists).size).toBe(1);
      expect(
        lists[0]
          ?.map(({ id }) => id)
          .sort()
          .join(''),
      ).toBe(ids);
    }
    const { never } = remote as unknown as { never(): Promise<unknown> };
    expect(await failure(never())).toMatchObject({ code: 'not_found' });
  });

  it('fails at once for an invalid range, and after its timeout without a node, with what is known', async () => {
    await using set = cluster();
    await set.server('a');
    const client = await set.client();
    expect(await failure(client.service<Users>('users@nonsense').where())).toMatchObject({ code: 'invalid_argument' });
    const late = failure(withOptions(client.service<Users>('users@^3.0.0'), { timeout: 500 }).where());
    expect(await set.clock.settle(late)).toMatchObject({
      code: 'unavailable',
      outcome: 'not_run',
      message: "no node serves 'users@^3.0.0' (a: its versions are not in the range: 1.0.0)",
    });
    expect(await failure(() => client.service('users', { loadBalancer: 'best' as never }))).toBeInstanceOf(RangeError);
  });
});

describe('what fails', () => {
  it('is sent to another node only when it may run twice', async () => {
    await using set = cluster();
    const all = [await set.server('a'), await set.server('b'), await set.server('c')];
    const client = await set.client();
    const remote = client.service<Users>('users');
    await set.clock.settle(remote.where());
    await set.clock.advance(100);
    expect(await set.clock.settle(failure(remote.fail()))).toMatchObject({ code: 'unavailable', outcome: 'ran' });
    expect(all.map(({ service }) => service.calls.filter((name) => name === 'fail').length)).toEqual([1, 1, 1]);
    expect(await set.clock.settle(failure(remote.once()))).toMatchObject({ code: 'unavailable' });
    expect(all.flatMap(({ service }) => service.calls.filter((name) => name === 'once'))).toEqual(['once']);
    const never = client.service<Users>('users', { retry: false });
    await set.clock.settle(failure(never.fail()));
    expect(all.flatMap(({ service }) => service.calls.filter((name) => name === 'fail'))).toHaveLength(4);
  });

  it('fails the call when the balancer throws or returns no candidate', async () => {
    await using set = cluster();
    await set.server('a');
    await set.server('b');
    const client = await set.client();
    for (const selectPeer of [
      () => {
        throw new Error('no idea');
      },
      () => ({ id: 'x' }) as never,
      () => undefined as never,
    ]) {
      const remote = client.service<Users>('users', { loadBalancer: { selectPeer, reportResult() {} } });
      await set.clock.settle(client.connect('users'));
      await set.clock.advance(100);
      expect(await failure(remote.where())).toMatchObject({
        code: 'internal',
        message: expect.stringContaining('the load balancer'),
      });
    }
  });

  it('C1: a lost node gets no more calls; its calls are repeated when they may run twice', async () => {
    await using set = cluster();
    const { node } = await set.server('a');
    await set.server('b');
    const client = await set.client();
    const remote = client.service<Users>('users', { loadBalancer: 'round-robin' });
    await set.clock.settle(remote.where());
    await set.clock.advance(100);
    const waiting = [failure(remote.wait()), failure(remote.wait())];
    const twice = client.service<Users>('users', { loadBalancer: 'round-robin', idempotent: true });
    const repeated = [twice.hangAt('a'), twice.hangAt('a')];
    await set.clock.advance(0);
    loseConnections(node);
    // No longer: the client comes back after up to a second, at random.
    await set.clock.advance(0);
    expect(await spread(remote, 4)).toEqual({ b: 4 });
    expect(await set.clock.settle(Promise.race(waiting))).toMatchObject({ code: 'unknown_outcome' });
    // One of these was at the node that is lost.
    expect(await set.clock.settle(Promise.all(repeated))).toEqual(['b', 'b']);
  });

  it('a failing node is ejected, with an event; when too many fail all are used', async () => {
    await using set = cluster();
    const client = await set.client();
    const remote = client.service<Users>('users', { loadBalancer: 'round-robin', retry: false, outliers: { consecutive: 3 } });
    for (const id of ['a', 'b', 'c']) await set.server(id);
    await set.clock.settle(remote.where());
    await set.clock.advance(100);
    for (let call = 0; call < 3; call += 1) {
      await failure(remote.once());
      await remote.where();
      await remote.where();
    }
    const left = await client.discovery.explain('users');
    expect(left.filter(({ used }) => !used).map(({ reason }) => reason)).toEqual(['its calls fail: it is left out for a while']);
    expect(Object.keys(await spread(remote, 6))).toHaveLength(2);
    await set.clock.advance(5_100);
    expect(Object.keys(await spread(remote, 6))).toHaveLength(3);
  });
});

describe('nodes that come and go', () => {
  it('C2: calls move on when a node drains or stops', async () => {
    await using set = cluster();
    const { node } = await set.server('a');
    await set.server('b');
    const client = await set.client();
    const remote = client.service<Users>('users', { loadBalancer: 'round-robin' });
    await set.clock.settle(remote.where());
    await set.clock.advance(100);
    const draining = node.drain();
    await set.clock.advance(10);
    expect(await spread(remote, 4)).toEqual({ b: 4 });
    await set.clock.settle(draining);
    await set.clock.settle(node.stop());
    expect(await spread(remote, 4)).toEqual({ b: 4 });
    await set.server('c');
    await set.clock.advance(2_000);
    expect(await spread(remote, 4)).toEqual({ b: 2, c: 2 });
  });

  it('a node that restarts with its id at another address is found again', async () => {
    await using set = cluster();
    const { node } = await set.server('a');
    const client = await set.client();
    const remote = client.service<Users>('users');
    expect(await set.clock.settle(remote.where())).toBe('a');
    await set.clock.settle(node.stop());
    await set.server('a', '1.1.0', { transports: { memory: { name: 'elsewhere' } } });
    expect(await set.clock.settle(remote.where())).toBe('a');
    const [peer] = [...client.peers.values()];
    expect(peer?.address).toBe('memory:elsewhere');
  });

  it('a client of 100 listed nodes connects to 20 of them, once to each, and stays with them', async () => {
    await using set = cluster();
    const servers = await Promise.all(
      Array.from({ length: 100 }, (_, at) => set.server(`n${at}`, '1.0.0', { discovery: false })),
    );
    const connect = vi.spyOn(set.network, 'find');
    const list = servers.map(({ node }) => node.addresses[0] as string);
    const client = await set.client({ discovery: staticDiscovery(list) });
    const remote = client.service<Users>('users');
    await set.clock.settle(remote.where());
    await set.clock.advance(1_000);
    const dialed = connect.mock.calls.map(([name]) => name);
    expect([client.peers.size, dialed.length, new Set(dialed).size]).toEqual([20, 20, 20]);
    for (let times = 0; times < 5; times += 1) await client.discovery.findAllServices({ name: 'users', fresh: true });
    await set.clock.advance(20_000);
    expect([client.peers.size, connect.mock.calls.length]).toEqual([20, 20]);
    const used = (await client.discovery.explain('users')).filter((each) => each.used);
    expect(used.map(({ reason }) => reason)).toEqual(Array.from({ length: 20 }, () => 'it is used'));
  });

  it('a node with another id than its record is not called', async () => {
    await using set = cluster();
    await set.server('a', '1.0.0', {
      discovery: { backend: memoryDiscovery(set.registry), interval: 1_000, advertise: ['memory:b'] },
    });
    await set.server('b', '2.0.0');
    const client = await set.client();
    const late = failure(withOptions(client.service<Users>('users@^1.0.0'), { timeout: 500 }).where());
    expect(await set.clock.settle(late)).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining("expected node 'a' at memory:b, found 'b'"),
    });
  });

  it('uses connected peers without discovery, and its own service first', async () => {
    await using set = cluster();
    const { node } = await set.server('a');
    const client = await set.client({ discovery: false });
    const remote = client.service<Users>('users@1.0.0');
    const early = remote.where();
    await client.connect(node.addresses[0] as string);
    expect(await set.clock.settle(early)).toBe('a');
    await client.peer.exposeService(users('own'));
    await set.clock.advance(10);
    expect(await remote.where()).toBe('own');
    expect(await client.call('users', 'where')).toBe('own');
  });

  it('DI-18: prefers nodes of its zone, and uses others when there are none', async () => {
    await using set = cluster();
    const at = (zone: string) => ({ discovery: { backend: memoryDiscovery(set.registry), interval: 1_000, node: { zone } } });
    const near = await set.server('near', '1.0.0', at('one'));
    await set.server('far', '1.0.0', at('two'));
    const client = await set.client(at('one'));
    const remote = client.service<Users>('users');
    const strict = client.service<Users>('users', { locality: 'require' });
    await set.clock.settle(Promise.all([remote.where(), strict.where()]));
    await set.clock.advance(100);
    expect(await spread(remote, 10)).toEqual({ near: 10 });
    await set.clock.settle(near.node.stop());
    await set.clock.advance(10);
    expect(await spread(remote, 10)).toEqual({ far: 10 });
    expect(await set.clock.settle(failure(withOptions(strict, { timeout: 100 }).where()))).toMatchObject({ code: 'unavailable' });
  });

  it('connects to a subset of many nodes, with the given number of connections each', async () => {
    await using set = cluster();
    for (let number = 0; number < 8; number += 1) await set.server(`node-${number}`);
    const client = await set.client();
    const remote = client.service<Users>('users', { subset: 3, connections: 2, loadBalancer: 'round-robin' });
    await set.clock.settle(remote.where());
    await set.clock.advance(100);
    expect(Object.keys(await spread(remote, 12))).toHaveLength(3);
    expect(client.peers.size).toBe(6);
    const reasons = (await client.discovery.explain('users')).map(({ reason }) => reason);
    expect(reasons.filter((reason) => reason === 'it is not among the 3 nodes that this one connects to')).toHaveLength(5);
    (remote as unknown as Disposable)[Symbol.dispose]();
    await set.clock.advance(1_000);
    expect(client.peers.size).toBe(0);
  });

  it('LB-04: a node that fails health checks gets no calls until it passes one', async () => {
    await using set = cluster();
    await set.server('a');
    await set.server('b');
    await set.server('c');
    const client = await set.client();
    const peer = await set.clock.settle(
      client.connect('users', { loadBalancer: 'round-robin', healthCheck: { interval: 1_000, timeout: 100 } }),
    );
    const remote = await set.clock.settle(peer.queryInterface<Users>());
    await set.clock.advance(100);
    const [silent] = peer.peers;
    Object.assign(silent as object, { answers: async () => false });
    await set.clock.advance(2_000);
    expect(Object.keys(await spread(remote, 9))).toHaveLength(2);
    expect(peer.explain().filter(({ used }) => !used)).toEqual([
      { node: silent?.id, used: false, reason: 'it did not answer the last health check' },
    ]);
    delete (silent as { answers?: unknown }).answers;
    await set.clock.advance(2_000);
    expect(Object.keys(await spread(remote, 9))).toHaveLength(3);
  });
});

describe('SV-10: discovery options of a service', () => {
  const speaking = (id: string, ...said: Parameters<typeof Discovery>) => {
    const service = defineService({ name: 'speaker', annotations: [Discovery(...said)], methods: { where: () => id } });
    return service;
  };
  type Speaking = ReturnType<typeof speaking>;

  it('its calls are balanced by its options unless the caller sets others', async () => {
    await using set = cluster();
    for (const id of ['a', 'b', 'c'])
      await (await set.create(id)).peer.exposeService(speaking(id, { loadBalancing: 'round-robin' }));
    const client = await set.client();
    const remote = client.service<Speaking>('speaker');
    await set.clock.settle(remote.where());
    await set.clock.advance(100);
    expect(await spread(remote, 30)).toEqual({ a: 10, b: 10, c: 10 });
    const seen: string[] = [];
    const own = client.service<Speaking>('speaker', {
      loadBalancer: { selectPeer: (peers) => (seen.push('mine'), peers[0]!), reportResult() {} },
    });
    await set.clock.settle(own.where());
    await set.clock.advance(100);
    expect([Object.keys(await spread(own, 5)).length, seen.length > 0]).toEqual([1, true]);
  });

  it.each([
    ['nodes are not asked whether they are there when it says so', false, undefined, false],
    ['a caller asks them all the same when it says that', false, true, true],
    ['a service that says nothing has them asked', undefined, undefined, true],
  ] as const)('%s', async (_, said, healthCheck, asks) => {
    await using set = cluster();
    for (const id of ['a', 'b'])
      await (await set.create(id)).peer.exposeService(speaking(id, said === undefined ? {} : { healthCheck: said }));
    const client = await set.client();
    const peer = await set.clock.settle(client.connect('speaker', { ...(healthCheck !== undefined && { healthCheck }) }));
    await set.clock.advance(100);
    let asked = 0;
    for (const each of peer.peers) Object.assign(each, { answers: async () => ((asked += 1), true) });
    await set.clock.advance(20_000);
    expect(asked > 0).toBe(asks);
  });

  it('an unlisted service is not in registries, but connected peers can call it', async () => {
    await using set = cluster();
    const node = await set.create('a');
    await node.peer.exposeService(speaking('a', { enabled: false }));
    await node.peer.exposeService(users('a'));
    const client = await set.client();
    expect(await set.clock.settle(client.service<Users>('users').where())).toBe('a');
    expect([await client.discovery.findService('speaker'), (await client.discovery.findService('users'))?.node.services]).toEqual(
      [null, ['users@1.0.0']],
    );
    const peer = await client.connect('memory:a');
    expect(await (await peer.queryInterface<Speaking>('speaker')).where()).toBe('a');
  });

  it('invalid options of another node are ignored', () => {
    expect(Discovery.read({ loadBalancing: 'best', healthCheck: 'no', enabled: false, more: 1 })).toEqual({ enabled: false });
    expect([Discovery.read('x'), Discovery.read([])]).toEqual([undefined, undefined]);
    expect(Discovery.read({ loadBalancing: 'nearest' })).toEqual({ loadBalancing: 'nearest' });
  });
});

describe('a service peer', () => {
  it('NC-03: connects by the name of a service, with all members of a peer', async () => {
    await using set = cluster();
    const servers = [await set.server('a'), await set.server('b')];
    const client = await set.client();
    const peer = await set.clock.settle(client.connect('users@^1.0.0', { loadBalancer: 'round-robin' }));
    await set.clock.advance(100);
    const remote = await peer.queryInterface<Users>('users@^1.0.0');
    expect(await spread(remote, 4)).toEqual({ a: 2, b: 2 });
    expect([peer.id, peer.state, peer.hasService('users'), peer.getServiceNames()]).toEqual([
      'users@^1.0.0',
      'ready',
      true,
      ['users@1.0.0'],
    ]);
    const items: string[] = [];
    for await (const item of remote.count(2)) items.push(item);
    expect(items.map((item) => item.slice(2))).toEqual(['0', '1']);
    const counter = await remote.counter();
    expect([await counter.next(), await counter.next()].map((text) => text.slice(2))).toEqual(['1', '2']);
    expect((await remote.counter().next()).slice(2)).toBe('1');
    expect(await remote.level).toBe(1);
    for (const { node } of servers) node.addTask('where', () => node.id, { remote: true });
    expect([await peer.runTask('where'), await peer.runTask('where')].sort()).toEqual(['a', 'b']);
    expect(await peer.call('users', 'where')).toMatch(/[ab]/);
    await peer.disconnect();
    expect(peer.state).toBe('closed');
    expect(await failure(peer.queryInterface('users'))).toMatchObject({ code: 'unavailable' });
  });

  it('gets events of every node, also of later ones', async () => {
    await using set = cluster();
    const first = await set.server('a');
    const client = await set.client();
    const peer = await set.clock.settle(client.connect('users', { loadBalancer: 'round-robin' }));
    const remote = await peer.queryInterface<Users>();
    const heard: string[] = [];
    const off = await remote.on('created', (data) => heard.push(data));
    const offBus = await peer.subscribe('news', (data, event) => heard.push(`${event} ${String(data)}`));
    const second = await set.server('b');
    await set.clock.advance(2_000);
    await remote.create('x');
    await remote.create('y');
    first.node.publish('news', 1);
    second.node.publish('news', 2);
    await set.clock.advance(10);
    expect(heard.sort()).toEqual(
      ['news 1', 'news 2', 'x at a', 'y at b'].map((text) => expect.stringMatching(text.replace(/ [ab]$/, ''))),
    );
    await off();
    await offBus();
    await remote.create('z');
    await set.clock.advance(10);
    expect(heard).toHaveLength(4);
  });

  it('rejects when no node serves it within connectTimeout', async () => {
    await using set = cluster();
    const client = await set.client({ connectTimeout: 300 });
    const error = await set.clock.settle(failure(client.connect('users')));
    expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining("no node serves 'users'") });
  });

  it('policies: timeout, bulkhead and breaker, for all members and for one', async () => {
    await using set = cluster();
    await set.server('a');
    const client = await set.client();
    const options: ServiceConnectOptions = {
      timeout: 200,
      retry: false,
      outliers: false,
      methods: { once: { breaker: { consecutive: 2 } }, wait: { bulkhead: { concurrent: 1, queue: 0 } } },
    };
    const remote = client.service<Users>('users', options);
    await set.clock.settle(remote.where());
    const waits = failure(remote.wait());
    expect(await failure(remote.wait())).toMatchObject({ code: 'resource_exhausted' });
    expect(await set.clock.settle(waits)).toMatchObject({ code: 'deadline_exceeded' });
    for (const code of ['unavailable', 'unavailable']) expect(await failure(remote.once())).toMatchObject({ code });
    expect(await failure(remote.once())).toMatchObject({ name: 'CircuitOpenError' });
    expect(() => client.service('users', { retry: { jitter: 2 } })).toThrow(RangeError);
    expect(() => client.service('users', { connections: 11 })).toThrow(RangeError);
  });

  it('consistent hashing sends calls with equal keys to one node', async () => {
    await using set = cluster();
    for (const id of ['a', 'b', 'c']) await set.server(id);
    const client = await set.client();
    const keys: unknown[] = [];
    const remote = client.service<Users>('users', {
      loadBalancer: 'consistent-hash',
      key: (call) => {
        keys.push(call.args);
        return 'user 7';
      },
    });
    await set.clock.settle(remote.where());
    await set.clock.advance(100);
    expect(Object.values(await spread(remote, 10))).toEqual([10]);
    expect(keys.length).toBeGreaterThan(9);
  });
});

it('C2: no call is lost when a node stops while calls are in flight', async () => {
  await using set = cluster();
  const { node } = await set.server('a');
  await set.server('b');
  const client = await set.client();
  const remote = client.service<Users>('users', { loadBalancer: 'round-robin', retry: false });
  await set.clock.settle(remote.where());
  await set.clock.advance(100);
  let stopped = false;
  const stopping = node.stop({ timeout: 5_000 }).then(() => {
    stopped = true;
  });
  const answers: string[] = [];
  while (!stopped) {
    answers.push(await set.clock.settle(remote.where()));
    await set.clock.advance(1);
  }
  await stopping;
  answers.push(await remote.where(), await remote.where());
  expect(answers.slice(-2)).toEqual(['b', 'b']);
});

describe('credentials', () => {
  /** A registry into which others may write. */
  const open = (registry: MemoryRegistry) => Object.assign(memoryDiscovery(registry), { trusted: false });
  const secret = 'a secret of all nodes';

  it('are sent only to nodes with signed records', async () => {
    await using set = cluster();
    const shown: unknown[] = [];
    const authenticate = (credentials: unknown) => {
      shown.push(credentials);
      if (credentials !== 'token') throw new NetronError('unauthenticated', 'no token');
      return { name: 'client' };
    };
    const discovery = (given: object = {}) => ({ backend: open(set.registry), interval: 1_000, ...given });
    await set.server('a', '1.0.0', { authenticate, discovery: discovery({ secret }) });
    const client = await set.client({ credentials: 'token', discovery: discovery({ secret }) });
    expect(await set.clock.settle(client.service<Users>('users').where())).toBe('a');
    expect(shown).toEqual(['token']);
    const trusting = await set.create('trusting', { credentials: 'token', discovery: discovery(), transports: {} });
    const late = failure(withOptions(trusting.service<Users>('users'), { timeout: 500 }).where());
    expect(await set.clock.settle(late)).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('no credentials are shown to a node whose record is not signed'),
    });
    expect(new Set(shown.slice(1))).toEqual(new Set([undefined]));
  });

  it('unsigned and changed records are refused and counted where a secret is set', async () => {
    await using set = cluster();
    const client = await set.client({ discovery: { backend: open(set.registry), interval: 1_000, secret } });
    await set.server('unsigned', '1.0.0', { discovery: { backend: open(set.registry), interval: 1_000 } });
    await set.server('signed', '1.0.0', { discovery: { backend: open(set.registry), interval: 1_000, secret } });
    const nodes = set.registry.nodes('default');
    const [lease] = [...nodes.values()].filter(({ record }) => record.includes('"signed"'));
    nodes.set('changed', {
      ...(lease as NonNullable<typeof lease>),
      record: lease?.record.replaceAll('memory:signed', 'memory:unsigned') ?? '',
    });
    await set.clock.advance(2_000);
    expect((await client.discovery.getActiveNodes()).map(({ id }) => id)).toEqual(['signed']);
    const [state] = client.discovery.backends;
    expect(state?.refused).toBeGreaterThan(1);
    expect(state?.refusal).toBe('not signed with the secret of this node');
    await expect(set.create('x', { discovery: { secret: 'short' } })).rejects.toThrow(RangeError);
  });
});

it('C8: calls made by a repeated call are not repeated themselves', async () => {
  await using set = cluster();
  const runs: string[] = [];
  const attempts: number[] = [];
  for (const id of ['x', 'y', 'z']) {
    await set.server(id);
  }
  for (const id of ['front-1', 'front-2', 'front-3']) {
    const node = await set.create(id, { callContext: true });
    const inner = node.service<Users>('users');
    await node.peer.exposeService(
      defineService({
        name: 'front@1.0.0',
        methods: {
          ask: withAnnotations(async () => {
            runs.push(id);
            attempts.push(getCallContext().attempt);
            return inner.fail();
          }, Idempotent()),
        },
      }),
    );
    await set.clock.settle(inner.where());
    await set.clock.advance(100);
  }
  const client = await set.client();
  const front = client.service<{ ask(): Promise<never> }>('front');
  await set.clock.advance(200);
  const error = await set.clock.settle(failure(front.ask()));
  expect(error).toMatchObject({ code: 'unavailable' });
  // Three attempts of the outer call: the first repeats inside, the two others do not.
  expect([runs.length, attempts, set.failures()]).toEqual([3, [0, 1, 2], 3 + 1 + 1]);
});

describe('sessions of services', () => {
  /** A client of a service whose only method runs until it is let go on. */
  async function working(set: ReturnType<typeof cluster>, options: ServiceConnectOptions = {}, client: NetronOptions = {}) {
    const server = await set.create('a');
    const { open, opened } = gate();
    let runs = 0;
    const work = async (): Promise<string> => {
      runs += 1;
      await opened;
      return 'done';
    };
    await server.peer.exposeService(defineService({ name: 'work@1.0.0', methods: { work, ping: () => 'pong' } }));
    const caller = await set.client(client);
    const remote = caller.service<{ work(): Promise<string>; ping(): Promise<string> }>('work', options);
    expect(await set.clock.settle(remote.ping())).toBe('pong');
    const answer = remote.work();
    const ended = answer.then(
      (result) => result,
      (error: NetronError) => error.code,
    );
    await set.clock.advance(10);
    return { server, caller, remote, ended, open, runs: () => runs };
  }
  const cut = ({ peers }: Netron): void => {
    for (const { link } of peers.values()) link?.connection.terminate();
  };

  it('a call under way when the connection is lost runs once and ends once, over the next connection', async () => {
    await using set = cluster();
    const { server, ended, open, runs } = await working(set);
    cut(server);
    open();
    expect(await set.clock.settle(ended)).toBe('done');
    expect(runs()).toBe(1);
  });

  it('a call to a node where nobody listens any more ends at the first attempt to connect', async () => {
    await using set = cluster();
    const { server, ended } = await working(set);
    await server.stopListening();
    cut(server);
    const lost = set.clock.now();
    expect(await set.clock.settle(ended)).toBe('unknown_outcome');
    expect(set.clock.now() - lost).toBeLessThanOrEqual(1_100);
  });

  it('a call to a node that cannot be reached ends after the window: ten seconds, or those that are asked for', async () => {
    for (const [options, most] of [
      [{}, 10_000],
      [{ session: { window: 3_000 } }, 3_000],
    ] as const) {
      await using set = cluster();
      const { server, ended } = await working(set, options);
      // Whoever connects now hears nothing.
      const connect = MemoryTransport.prototype.connect;
      MemoryTransport.prototype.connect = () => new Promise(() => {});
      try {
        cut(server);
        const lost = set.clock.now();
        expect(await set.clock.settle(ended)).toBe('unknown_outcome');
        expect(set.clock.now() - lost).toBeGreaterThanOrEqual(most);
        expect(set.clock.now() - lost).toBeLessThanOrEqual(most + 100);
      } finally {
        MemoryTransport.prototype.connect = connect;
      }
    }
  });

  it('without sessions, by the service or by the node, a call ends with its connection', async () => {
    for (const [options, client] of [
      [{ session: false }, {}],
      [{}, { session: false }],
    ] as const) {
      await using set = cluster();
      const { server, ended } = await working(set, options, client);
      cut(server);
      const lost = set.clock.now();
      expect(await set.clock.settle(ended)).toBe('unknown_outcome');
      expect(set.clock.now() - lost).toBeLessThanOrEqual(100);
    }
  });

  it('services with other settings than the default have connections of their own', async () => {
    await using set = cluster();
    const { caller, remote } = await working(set);
    const others = [false, { window: 5_000 }, { window: 5_000 }, true].map((session) =>
      caller.service<{ ping(): Promise<string> }>('work', { session }),
    );
    for (const other of others) expect(await set.clock.settle(other.ping())).toBe('pong');
    expect(await set.clock.settle(remote.ping())).toBe('pong');
    expect(caller.peers.size).toBe(3);
    expect(() => caller.service('work', { session: { window: -1 } })).toThrow(RangeError);
  });
});

describe('a cluster that changes under its callers', () => {
  it('a call made while the session of its only node is interrupted waits for the next connection', async () => {
    await using set = cluster();
    await set.server('a');
    const client = await set.client();
    const peer = await set.clock.settle(client.connect('memory:a', { session: true }));
    const remote = client.service<Users>('users');
    expect(await set.clock.settle(remote.where())).toBe('a');
    (peer as unknown as { link: { connection: { terminate(): void } } }).link.connection.terminate();
    expect(peer.state).toBe('suspended');
    expect(await set.clock.settle(remote.where())).toBe('a');
  });

  it('a call that waits for a node goes to the own service when that is exposed meanwhile', async () => {
    await using set = cluster();
    const { node } = await set.server('a');
    const { open, opened } = gate();
    let held = 0;
    const hold: Middleware = (next) => async (call) => {
      held += 1;
      if (held > 1) await opened;
      return next(call);
    };
    const client = await set.client({ middleware: { outgoing: [hold] } });
    const remote = client.service<Users>('users');
    expect(await set.clock.settle(remote.where())).toBe('a');
    const waiting = remote.where();
    await set.clock.settle(node.stop({ timeout: 0 }));
    open();
    await set.clock.advance(100);
    await client.peer.exposeService(users('client'));
    expect(await set.clock.settle(waiting)).toBe('client');
  });

  it('a service that is exposed again is called again: concealed before, or replaced by one with other members', async () => {
    await using set = cluster();
    const { node, service } = await set.server('a');
    const client = await set.client();
    const remote = client.service<Users & { more(): Promise<number> }>('users');
    expect(await set.clock.settle(remote.where())).toBe('a');
    await node.peer.concealService('users');
    await node.peer.exposeService(service);
    await set.clock.advance(100);
    expect(await set.clock.settle(remote.where())).toBe('a');
    const other = defineService({ name: 'users@1.0.0', methods: { more: () => 1, where: () => 'replaced' } });
    await node.peer.exposeService(other, { replace: true });
    await set.clock.advance(100);
    expect(await set.clock.settle(remote.where())).toBe('replaced');
    expect(await set.clock.settle(remote.more())).toBe(1);
  });

  it('looks again for a service that the first query could not be answered for', async () => {
    await using set = cluster();
    let down = true;
    let refused = 0;
    const authorize = () => {
      if (!down) return true;
      refused += 1;
      throw new NetronError('unavailable', 'the policy server does not answer');
    };
    await set.server('a', '1.0.0', { authorize });
    const client = await set.client();
    const remote = client.service<Users>('users', { healthCheck: { interval: 300, timeout: 100 } });
    await set.clock.advance(100);
    expect(refused).toBe(1);
    down = false;
    expect(await set.clock.settle(remote.where())).toBe('a');
  });

  it('follows a node that has moved, though its old connection is not noticed to be lost yet', async () => {
    await using set = cluster();
    const { node: before } = await set.server('a', '1.0.0', { transports: { memory: { name: 'old' } } });
    const client = await set.client({ heartbeatInterval: 400 });
    const remote = client.service<Users>('users');
    expect(await set.clock.settle(remote.where())).toBe('a');
    // No byte leaves the old node any more, and nobody is told.
    const [peer] = [...before.peers.values()] as unknown as { link: { connection: { pause(): void; send(): boolean } } }[];
    peer!.link.connection.pause();
    peer!.link.connection.send = () => true;
    await set.server('a', '1.0.0', { transports: { memory: { name: 'new' } } });
    await set.clock.advance(10_000);
    expect(await set.clock.settle(remote.where())).toBe('a');
    expect([...client.peers.values()].map(({ address }) => address)).toEqual(['memory:new']);
  });

  it('disconnect() of one user leaves nothing at nodes that another one uses', async () => {
    await using set = cluster();
    const { node } = await set.server('a', '1.0.0', { allowRemoteServices: true });
    const client = await set.client();
    const [one, two] = await set.clock.settle(
      Promise.all([client.connect('users', { policy: {} } as never), client.connect('users', { policy: {} } as never)]),
    );
    const heard: unknown[] = [];
    await one!.subscribe('news', (data) => heard.push(data));
    await one!.exposeService(defineService({ name: 'mine', methods: { hello: () => 1 } }));
    node.publish('news', 1);
    await set.clock.advance(10);
    expect(heard).toEqual([1]);
    await one!.disconnect();
    await set.clock.advance(1_000);
    node.publish('news', 2);
    await set.clock.advance(10);
    expect(heard).toEqual([1]);
    const [peer] = [...node.peers.values()];
    expect(peer!.load.subscriptions).toBe(0);
    expect(peer!.getServiceNames()).toEqual([]);
    expect(two!.state).toBe('ready');
  });

  it('keeps few of the services that are only called by name', async () => {
    await using set = cluster();
    const { node } = await set.server('a');
    const names = Array.from({ length: 100 }, (_, number) => `service-${number}`);
    for (const name of names) await node.peer.exposeService(defineService({ name, methods: { where: () => name } }));
    const client = await set.client();
    for (const name of names) expect(await set.clock.settle(client.call(name, 'where', []))).toBe(name);
    await set.clock.advance(100);
    const [peer] = [...client.peers.values()];
    expect((peer as unknown as { services: { size: number } }).services.size).toBeLessThanOrEqual(65);
    // What was let go of is found again.
    expect(await set.clock.settle(client.call('service-0', 'where', []))).toBe('service-0');
  });

  it('a call by name goes on when the last proxy of the service is released', async () => {
    await using set = cluster();
    const client = await set.client();
    const remote = client.service<Users>('users');
    const call = client.call('users', 'where', []);
    (remote as unknown as Disposable)[Symbol.dispose]();
    await set.server('a');
    expect(await set.clock.settle(call)).toBe('a');
  });
});
