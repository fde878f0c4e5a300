/** Services as their nodes want to be called, and their nodes as one peer. */
import { describe, expect, it } from 'vitest';
import { Discovery, defineService, type ServiceConnectOptions } from '../../src/index.js';
import { cluster, spread, type Users, users } from './clusters.js';
import { failure } from './nodes.js';

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

  it.each([
    ['another', true],
    ['a', true],
    ['a', false],
  ])(
    'a service of `listedOnly` is called at listed nodes alone: a dialed one claims the id %s, of a node that is listed before: %s',
    async (id, before) => {
      await using set = cluster();
      if (before) await set.server('a');
      const foreign = await set.server(id, '1.0.0', { transports: { memory: { name: 'foreign' } }, discovery: false });
      await foreign.node.peer.exposeService(speaking('foreign', {}));
      const asked: string[] = [];
      const client = await set.client({ listedOnly: (service) => (asked.push(service), service === 'users') });
      const peer = await set.clock.settle(client.connect('memory:foreign'));
      const taken = before && id === 'a';
      // Other services of it are called, unless another node has its id, and all are by itself.
      if (!taken) expect(await set.clock.settle(client.service<Speaking>('speaker').where())).toBe('foreign');
      if (!before) await set.server('a');
      const remote = client.service<Users>('users');
      for (let turn = 0; turn < 20; turn += 1) expect(await set.clock.settle(remote.where())).toBe('a');
      expect(foreign.service.calls).toEqual([]);
      expect(await (await peer.queryInterface<Users>('users')).where()).toBe(id);
      expect(asked).toContain('users');
    },
  );

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

  it('releases services that only calls by name have used, the oldest first, when there are many', async () => {
    await using set = cluster();
    const { node } = await set.server('a');
    const names = Array.from({ length: 70 }, (_, number) => `n${number}`);
    for (const name of names) await node.peer.exposeService(defineService({ name, methods: { where: () => name } }));
    const client = await set.client();
    const peer = await set.clock.settle(client.connect('users'));
    const kept = await set.clock.settle(peer.queryInterface<{ where(): Promise<string> }>('n1'));
    for (const name of names) expect(await set.clock.settle(peer.call(name, 'where'))).toBe(name);
    const reasons = async (name: string) => (await client.discovery.explain(name)).map(({ reason }) => reason);
    const used = await Promise.all(names.map(async (name) => String(await reasons(name)) === 'it is used'));
    expect(names.filter((_, number) => used[number] === false)).toEqual(['n0', 'n2', 'n3', 'n4', 'n5']);
    expect([await kept.where(), await set.clock.settle(peer.call('n0', 'where'))]).toEqual(['n1', 'n0']);
  });

  it('receives nothing, also from this node, when the others refuse the subscription', async () => {
    await using set = cluster();
    await set.server('b', '1.0.0', { allowServiceEvents: false });
    const { node, service } = await set.server('a');
    const remote = node.service<Users>('users');
    expect(await set.clock.settle(remote.where())).toBe('a');
    await set.clock.advance(1_000);
    const heard: string[] = [];
    const refused = await set.clock.settle(failure(remote.on('created', (data) => heard.push(data))));
    expect(refused).toMatchObject({ code: 'permission_denied' });
    service.create('x');
    await set.clock.advance(10);
    expect(heard).toEqual([]);
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

  it('policies: of all members, and not of one', async () => {
    await using set = cluster();
    await set.server('a');
    const client = await set.client();
    const remote = client.service<Users>('users', {
      timeout: 200,
      retry: false,
      bulkhead: { concurrent: 1, queue: 0 },
      hedge: { after: 10 },
      idempotent: true,
      methods: { wait: { bulkhead: false, hedge: false } },
    });
    await set.clock.settle(remote.where());
    const waits = [failure(remote.wait()), failure(remote.wait())];
    expect((await set.clock.settle(Promise.all(waits))).map((error) => (error as { code: string }).code)).toEqual([
      'deadline_exceeded',
      'deadline_exceeded',
    ]);
  });

  it.each([
    ['labels', 'eu', 'labels must be an object of strings, not a string'],
    ['labels', { tier: 1 }, "label 'tier' must be a string, not a number"],
    ['timeout', Number.NaN, 'service: timeout must be a positive number, not NaN'],
    ['methods', { slow: { retry: { attempts: -1 } } }, 'methods.slow.retry: attempts must be a non-negative integer, not -1'],
    ['hedge', {}, "hedge: after must be a number of milliseconds or 'p95', not undefined"],
    ['breaker', { rate: 5 }, 'breaker: rate must be above 0 and at most 1, not 5'],
  ])('connect and service refuse what %s cannot be: %j', async (name, value, message) => {
    await using set = cluster();
    await set.server('a');
    const client = await set.client();
    const options = { [name]: value } as ServiceConnectOptions;
    expect(await set.clock.settle(failure(client.connect('users', options)))).toMatchObject({ message });
    expect(() => client.service('users', options)).toThrow(message);
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
