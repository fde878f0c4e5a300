/** Nodes of a service that come and go, move, fail their checks, or are not trusted. */
import { describe, expect, it, vi } from 'vitest';
import {
  type DiscoveryBackend,
  type MemoryRegistry,
  memoryDiscovery,
  type RegistryView,
  staticDiscovery,
  storeBackend,
} from '../../src/discovery.js';
import { defineService, NetronError, type NetronOptions, withOptions } from '../../src/index.js';
import { cluster, spread, type Users, users } from './clusters.js';
import { failure, loseConnections, quiet } from './nodes.js';

describe('nodes that are added and removed', () => {
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

  it.each([
    ['withdrawn', undefined],
    ['replaced by another version', '2.0.0'],
  ])('calls that cross the news that the service was %s at their node are made at another', async (_, version) => {
    await using set = cluster();
    const { node } = await set.server('a');
    await set.server('b');
    const client = await set.client();
    const remote = client.service<Users>('users@^1.0.0', { loadBalancer: 'round-robin' });
    await set.clock.settle(remote.where());
    await set.clock.advance(100);
    expect(await spread(remote, 4)).toEqual({ a: 2, b: 2 });
    const calls = Array.from({ length: 100 }, () => remote.where());
    await node.peer.concealService('users');
    if (version !== undefined) await node.peer.exposeService(users('a', version));
    expect(await set.clock.settle(Promise.all(calls))).toEqual(Array(100).fill('b'));
    expect(await spread(remote, 4)).toEqual({ b: 4 });
  });

  it('calls sent before the withdrawal was known, to the only node, are retried when it has the service again, however many', async () => {
    await using set = cluster();
    const { node } = await set.server('a');
    const client = await set.client();
    const remote = client.service<Users>('users');
    await set.clock.settle(remote.where());
    const calls = Array.from({ length: 100 }, () => remote.where());
    await node.peer.concealService('users');
    await node.peer.exposeService(users('again', '1.1.0'));
    expect(await set.clock.settle(Promise.all(calls))).toEqual(Array(100).fill('again'));
  });

  it('calls sent before the withdrawal was known are made at a node that is not connected yet, however many', async () => {
    await using set = cluster();
    const { node } = await set.server('a');
    const client = await set.client();
    const remote = client.service<Users>('users');
    await set.clock.settle(remote.where());
    const calls = Array.from({ length: 100 }, () => remote.where());
    await node.peer.concealService('users');
    const ends = Promise.all(calls);
    ends.catch(() => {});
    await set.server('b');
    expect(await set.clock.settle(ends)).toEqual(Array(100).fill('b'));
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

  it.each([
    ['', 0],
    [', which has a clock behind', -3_600_000],
  ])('a node whose next run%s begins while the one before finishes its calls is called at the next one', async (_, behind) => {
    await using set = cluster();
    const { node: before } = await set.server('a');
    const client = await set.client();
    const remote = client.service<Users>('users');
    expect(await set.clock.settle(remote.where())).toBe('a');
    await set.clock.advance(1_000);
    const unfinished = failure(remote.wait());
    const stopping = before.stop({ timeout: 60_000 });
    await set.clock.advance(100);
    set.clock.jump(behind);
    const next = await set.create('a', { transports: { memory: { name: 'next' } } });
    await next.peer.exposeService(users('next'));
    expect(await set.clock.settle(remote.where())).toBe('next');
    // The connection to the one before is lost, and it is gone.
    await set.clock.advance(60_000);
    await set.clock.settle(stopping);
    expect(await unfinished).toMatchObject({ code: 'deadline_exceeded' });
    expect(await set.clock.settle(remote.where())).toBe('next');
    await set.clock.advance(60_000);
    expect([...client.peers.values()].map(({ address }) => address)).toEqual(['memory:next']);
  });

  it('a node that the program has connected to by its address is called by name over that connection', async () => {
    await using set = cluster();
    await set.server('a');
    const client = await set.client();
    const peer = await set.clock.settle(client.connect('memory:a'));
    const remote = client.service<Users>('users');
    expect(await set.clock.settle(remote.where())).toBe('a');
    expect([...client.peers.keys()]).toEqual(['a']);
    // As the registry names its run, and as it has greeted.
    const [listed] = (await client.discovery?.getActiveNodes())!.filter(({ id }) => id === 'a');
    expect(listed).toMatchObject({ instance: peer.instance, started: peer.started });
  });

  it.each([
    ['before calls by name', false, false],
    ['after calls by name', true, false],
    ['before calls by name that go to listed nodes only', false, true],
    ['after calls by name that go to listed nodes only', true, true],
  ])('a program may connect to a node by another address %s: both connections serve', async (_, byName, listedOnly) => {
    await using set = cluster();
    const { node } = await set.server('a', '1.0.0', { transports: { memory: [{ name: 'a' }, { name: 'other' }] } });
    const client = await set.client(listedOnly ? { listedOnly: () => true } : {});
    const byNames = () => client.service<Users>('users').where();
    if (byName) expect(await set.clock.settle(byNames())).toBe('a');
    const used = [...client.peers.values()][0]?.address ?? 'memory:a';
    const peer = await set.clock.settle(client.connect(used === 'memory:a' ? 'memory:other' : 'memory:a'));
    const own = await set.clock.settle(peer.queryInterface<Users>('users'));
    for (let turn = 0; turn < 3; turn += 1) {
      expect(await set.clock.settle(byNames())).toBe('a');
      expect(await set.clock.settle(own.where())).toBe('a');
      await set.clock.advance(2_000);
    }
    expect([peer.state, node.peers.size]).toEqual(['ready', byName || listedOnly ? 2 : 1]);
  });

  it.each([
    ['a registry', true],
    ['a list of addresses', false],
  ])(
    'two connections of the program serve beside those by name of %s, whichever number each has, also at the next run',
    async (_, registered) => {
      await using set = cluster();
      const addresses = ['a', 'other'].map((name) => ({ name }));
      const unlisted: NetronOptions = registered ? {} : { discovery: false };
      const serve = () => set.server('a', '1.0.0', { transports: { memory: addresses }, ...unlisted });
      const { node } = await serve();
      const discovery: NetronOptions = registered ? {} : { discovery: staticDiscovery(['memory:a']) };
      const client = await set.client({ listedOnly: () => true, reconnectDelay: 50, ...discovery });
      const connect = (address: string) => set.clock.settle(client.connect(address, { session: false }));
      const peers = [await connect('memory:other'), await connect('memory:a')];
      const own = await set.clock.settle(Promise.all(peers.map((peer) => peer.queryInterface<Users>('users'))));
      const remote = client.service<Users>('users');
      const apart = client.service<Users>('users', { session: false });
      const all = () => set.clock.settle(Promise.all([remote, apart, ...own].map((users) => users.where())));
      expect(await all()).toEqual(['a', 'a', 'a', 'a']);
      expect([...node.peers.values()].map(({ nodeId }) => nodeId)).toEqual(['client', 'client', 'client', 'client']);
      loseConnections(node);
      await set.clock.advance(1_000);
      expect(await all()).toEqual(['a', 'a', 'a', 'a']);
      await set.clock.settle(node.stop({ timeout: 0 }));
      await serve();
      await set.clock.advance(5_000);
      expect(await all()).toEqual(['a', 'a', 'a', 'a']);
      expect(peers.map(({ state }) => state)).toEqual(['ready', 'ready']);
    },
  );

  it.each([
    ['first', true],
    ['meanwhile', false],
  ])(
    'a peer whose address leads to a node now that calls by name have reached %s goes on there, and they at both',
    async (_, byName) => {
      await using set = cluster();
      await set.server('a');
      const { node: b } = await set.server('b');
      const client = await set.client({ reconnectDelay: 50 });
      const byNames = () => client.service<Users>('users', { loadBalancer: 'round-robin' });
      const before = byName ? byNames() : undefined;
      if (before !== undefined) expect(await set.clock.settle(before.where())).toMatch(/a|b/);
      await set.clock.advance(100);
      const { network } = set;
      // As behind a balancer.
      let leadsTo = 'a';
      const find = network.find.bind(network);
      vi.spyOn(network, 'find').mockImplementation((name) => find(name === 'any' ? leadsTo : name));
      const peer = await set.clock.settle(client.connect('memory:any'));
      const own = await set.clock.settle(peer.queryInterface<Users>('users'));
      expect(await set.clock.settle(own.where())).toBe('a');
      const remote = before ?? byNames();
      await set.clock.settle(remote.where());
      await set.clock.advance(100);
      expect(await set.clock.settle(spread(remote, 4))).toEqual({ a: 2, b: 2 });
      leadsTo = 'b';
      peer.link?.connection.terminate();
      await set.clock.advance(1_000);
      expect(await set.clock.settle(own.where())).toBe('b');
      expect([peer.state, peer.nodeId, b.peers.size]).toEqual(['ready', 'b', 2]);
      expect(await set.clock.settle(spread(remote, 4))).toEqual({ a: 2, b: 2 });
    },
  );

  it('an id that looks like that of a second connection is refused, others with a number sign are called', async () => {
    await using set = cluster();
    await expect(set.create('worker#1')).rejects.toThrow("id must not end in '#' and a number");
    await expect(set.create('w\ud800')).rejects.toThrow('id must not contain a lone surrogate');
    await set.server('worker#a');
    const client = await set.client();
    expect(await set.clock.settle(client.service<Users>('users').where())).toBe('worker#a');
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

  it('unreachable nodes do not count for the subset; nodes in use stay until others can be called', async () => {
    await using set = cluster();
    const { node: good } = await set.server('good', '1.0.0', { discovery: false });
    const record = (id: string, address: string) => ({
      id,
      instance: id,
      status: 'up',
      addresses: [address],
      services: ['users@1.0.0'],
    });
    const listed = record('good', good.addresses[0] as string);
    const dead = Array.from({ length: 30 }, (_, at) => record(`dead${at}`, `memory:dead${at}`));
    for (const first of [[listed], []]) {
      let view: RegistryView | undefined;
      const backend: DiscoveryBackend = {
        name: 'mine',
        trusted: true,
        start: async (host) => {
          view = host.view;
          view.replace(first);
        },
        announce() {},
        refresh: async () => {},
        stop: async () => {},
      };
      const client = await set.create(`client of ${first.length}`, { transports: {}, discovery: backend });
      const remote = client.service<Users>('users', { subset: 5 });
      if (first.length > 0) expect(await set.clock.settle(remote.where())).toBe('good');
      view?.replace([listed, ...dead]);
      for (let turn = 0; turn < 5; turn += 1) expect(await set.clock.settle(remote.where())).toBe('good');
      await set.clock.advance(20_000);
      expect(await set.clock.settle(remote.where())).toBe('good');
      await set.clock.settle(client.stop());
    }
  });

  it('a node with too many services for its record is announced without them, logs that, and is called', async () => {
    await using set = cluster();
    const lines: unknown[] = [];
    const logger = { ...quiet, warn: (_facts: object, text: string) => void lines.push(text) };
    const { node } = await set.server('many', '1.0.0', { logger });
    for (let at = 0; at < 300; at += 1)
      await node.peer.exposeService(defineService({ name: `${'x'.repeat(70)}${at}@1.0.0`, methods: { where: () => at } }));
    await set.clock.advance(2_000);
    const client = await set.client();
    expect(lines.filter((text) => String(text).includes('too many services for its record'))).toHaveLength(1);
    expect(await set.clock.settle(client.service<Users>('users').where())).toBe('many');
    expect(await set.clock.settle(client.service<{ where(): Promise<number> }>(`${'x'.repeat(70)}299`).where())).toBe(299);
    await set.clock.advance(1_000);
    expect((await client.discovery.findAllServices(`${'x'.repeat(70)}7`)).length).toBe(1);
  });

  it('services of nodes that are listed only by address are found after connecting; waiting for one connects to them', async () => {
    await using set = cluster();
    const servers = [await set.server('a', '1.0.0', { discovery: false }), await set.server('b', '1.1.0', { discovery: false })];
    const list = servers.map(({ node }) => node.addresses[0] as string);
    const client = await set.client({ discovery: staticDiscovery(list) });
    const { discovery } = client;
    const available: string[] = [];
    discovery.on('service:available', ({ name, version }) => available.push(`${name}@${version}`));
    expect(await discovery.findService('users')).toBe(null);
    const found = await set.clock.settle(discovery.waitForService('users@^1.0.0'));
    expect(list).toContain(found.address);
    // What was made for the wait is not kept.
    await set.clock.advance(1_000);
    expect(client.peers.size).toBe(0);
    expect(await set.clock.settle(client.service<Users>('users@1.1.0').where())).toBe('b');
    await set.clock.advance(1_000);
    const all = async () => (await discovery.findAllServices('users@^1.0.0')).map(({ address, version }) => [address, version]);
    expect((await all()).sort()).toEqual([
      ['memory:a', '1.0.0'],
      ['memory:b', '1.1.0'],
    ]);
    expect(available.sort()).toEqual(['users@1.0.0', 'users@1.1.0']);
    const explained = (await discovery.explain('users@1.1.0')).find(({ node }) => node.id === 'memory:b');
    expect(explained).toMatchObject({ versions: ['1.1.0'], used: true, connected: true });
    await servers[1]?.node.peer.concealService('users');
    await set.clock.advance(100);
    expect(await all()).toEqual([['memory:a', '1.0.0']]);
    const late = failure(discovery.waitForService('nobody', { timeout: 500 }));
    expect(await set.clock.settle(late)).toMatchObject({ code: 'deadline_exceeded' });
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
    expect(reasons.filter((reason) => reason === 'it is not among the 3 nodes that this node connects to')).toHaveLength(5);
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

it('a node known only by its addresses is called at any of them', async () => {
  await using set = cluster();
  await set.server('a');
  const pods = storeBackend('pods', ({ view }) => ({
    beat: async () => view.replace([{ id: 'memory:gone', instance: 'i', status: 'up', addresses: ['memory:gone', 'memory:a'] }]),
  }));
  const client = await set.client({ discovery: { backend: pods } });
  expect(await set.clock.settle(client.service<Users>('users').where())).toBe('a');
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
      message: expect.stringContaining('credentials are not sent to a node whose record is not signed'),
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

  it('D4: where another run has the id of a node, calls go there as soon as it is reached; none fails', async () => {
    await using set = cluster();
    const { node: first } = await set.server('twice');
    const client = await set.client();
    const remote = client.service<Users>('users');
    expect(await set.clock.settle(remote.where())).toBe('twice');
    const hanging = failure(remote.wait());
    const later = await set.create('twice', { transports: { memory: { name: 'later' } } });
    await later.peer.exposeService(users('later'));
    const calls: Promise<string>[] = [];
    for (let turn = 0; turn < 100; turn += 1) {
      calls.push(remote.where());
      await set.clock.advance(50);
    }
    const answers = await Promise.all(calls);
    expect(answers.slice(-50)).toEqual(Array(50).fill('later'));
    // What was under way at the earlier one goes on there.
    expect(first.peers.size).toBe(1);
    await set.clock.settle(first.stop({ timeout: 0 }));
    expect(await hanging).toMatchObject({ code: expect.stringMatching(/unavailable|unknown_outcome/) });
    expect(await set.clock.settle(remote.where())).toBe('later');
  });
});
