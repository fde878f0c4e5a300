/** Services of several nodes: proxies that are bound to a service, and calls that fail. */
import { describe, expect, it } from 'vitest';
import { type BalancedPeer, type LoadBalancer } from '../../src/discovery.js';
import {
  type CallOptions,
  defineService,
  getCallContext,
  Idempotent,
  NetronError,
  setProperty,
  withAnnotations,
  withOptions,
} from '../../src/index.js';
import { cluster, spread, type Users } from './clusters.js';
import { failure, loseConnections } from './nodes.js';

describe('netron.service', () => {
  it.each(['', 'users:admin', '@1.0.0', ' users', 'x'.repeat(129)])('refuses what cannot be a name: %j', async (name) => {
    await using set = cluster();
    const client = await set.client();
    expect(() => client.service(5 as never)).toThrow(new TypeError('expected a service name, got a number'));
    expect(() => client.service(name)).toThrow(
      expect.objectContaining({
        code: 'invalid_argument',
        message: expect.stringContaining('expected 1 to 128 letters'),
      }),
    );
  });

  it('refuses a name with an @ and nothing behind it, as every look-up does', async () => {
    await using set = cluster();
    await set.server('a');
    const client = await set.client();
    const missing = { code: 'invalid_argument', message: expect.stringContaining("'users@': expected a version or a range") };
    expect(() => client.service('users@')).toThrow(expect.objectContaining(missing));
    await set.clock.settle(client.service<Users>('users').where());
    expect(() => client.service('users@ ')).toThrow(expect.objectContaining(missing));
    const peer = await client.connect('memory:a');
    for (const asked of [
      () => client.connect('users@'),
      () => client.call('users@', 'where'),
      () => client.discovery.findService('users@'),
      () => peer.queryInterface('users@'),
      () => client.peer.queryInterface('users@'),
    ])
      expect(await set.clock.settle(failure(async () => asked()))).toMatchObject(missing);
  });

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

  it('queries again after a registry that did not answer; an invalid range stays invalid', async () => {
    await using set = cluster();
    await set.server('a');
    const client = await set.client();
    const { discovery } = client;
    const listed = discovery.getActiveNodes.bind(discovery);
    discovery.getActiveNodes = () => Promise.reject(new Error('the registry is away'));
    const remote = client.service<Users>('users');
    for (let times = 0; times < 2; times += 1) {
      expect(await set.clock.settle(failure(remote.where()))).toMatchObject({
        message: 'the registry is away',
        outcome: 'not_run',
      });
    }
    discovery.getActiveNodes = listed;
    expect(await set.clock.settle(remote.where())).toBe('a');
    const wrong = client.service<Users>('users@one');
    for (let times = 0; times < 2; times += 1) {
      expect(await set.clock.settle(failure(wrong.where()))).toMatchObject({ code: 'invalid_argument' });
    }
  });

  it('waits for a node within the time of the call, for methods, and for properties that are read or written', async () => {
    await using set = cluster();
    const client = await set.client();
    const remote = client.service<{ ask(): string; colour: string }>('nobody', { timeout: 1_000 });
    const signal = new AbortController();
    const within = (options: CallOptions) => withOptions(remote, options);
    const asked: [number, string, () => Promise<unknown>][] = [
      [300, 'unavailable', async () => within({ timeout: 300 }).ask()],
      [300, 'unavailable', async () => within({ timeout: 300 }).colour],
      [300, 'unavailable', () => setProperty(within({ timeout: 300 }), 'colour', 'red')],
      [500, 'canceled', async () => within({ signal: signal.signal }).colour],
      [500, 'canceled', () => setProperty(within({ signal: signal.signal }), 'colour', 'red')],
      [1_000, 'unavailable', async () => remote.ask()],
      [1_000, 'unavailable', async () => remote.colour],
      [1_000, 'unavailable', async () => within({ headers: { a: 'b' } }).ask()],
      [1_000, 'unavailable', async () => within({ headers: { a: 'b' } }).colour],
    ];
    const start = set.clock.now();
    const failed = Promise.all(
      asked.map(async ([, , ask]) => {
        const { code } = (await failure(ask)) as NetronError;
        return [set.clock.now() - start, code];
      }),
    );
    await set.clock.advance(500);
    signal.abort();
    expect(await set.clock.settle(failed)).toEqual(asked.map(([after, code]) => [after, code]));
  });

  it('a call that is canceled while it waits for its repeat fails with `canceled`', async () => {
    await using set = cluster();
    const a = await set.create('a');
    let asked = 0;
    const away = defineService({
      name: 'away@1.0.0',
      methods: {
        ask() {
          asked += 1;
          throw new NetronError('unavailable', 'not now');
        },
      },
    });
    await a.peer.exposeService(away);
    const client = await set.client();
    const remote = client.service<typeof away>('away', { idempotent: true, retry: { initialDelay: 1_000, jitter: 0 } });
    const canceling = new AbortController();
    const canceled = failure(withOptions(remote, { signal: canceling.signal }).ask());
    await set.clock.advance(500);
    canceling.abort();
    expect(await set.clock.settle(canceled)).toMatchObject({ code: 'canceled' });
    expect(asked).toBe(1);
  });

  it('a call with a key that has run is not repeated: the answer under that key is its error', async () => {
    await using set = cluster();
    const a = await set.create('a');
    let asked = 0;
    const away = defineService({
      name: 'away@1.0.0',
      methods: {
        ask() {
          asked += 1;
          throw new NetronError('unavailable', 'not now');
        },
      },
    });
    await a.peer.exposeService(away);
    const remote = (await set.client()).service<typeof away>('away', { idempotent: true });
    expect(await set.clock.settle(failure(remote.ask()))).toMatchObject({ code: 'unavailable', outcome: 'ran' });
    const without = asked;
    const keyed = failure(withOptions(remote, { idempotencyKey: 'k' }).ask());
    expect(await set.clock.settle(keyed)).toMatchObject({ code: 'unavailable', outcome: 'ran' });
    expect([without, asked - without]).toEqual([3, 1]);
  });

  it('reports to waiting callers that the node has stopped, or that disconnect() was called', async () => {
    await using set = cluster();
    const client = await set.client();
    const waiting = [client.connect('users'), client.service<Users>('users').where(), client.service<Users>('users', {}).where()];
    const failures = Promise.all(waiting.map((each) => failure(each)));
    await set.clock.advance(10);
    await set.clock.settle(client.stop());
    expect(await failures).toMatchObject(waiting.map(() => ({ code: 'unavailable', message: 'the node was stopped' })));
    await set.server('a');
    const peer = await set.clock.settle((await set.create('other', { transports: {} })).connect('users'));
    const other = failure(peer.queryInterface('nobody'));
    await set.clock.advance(10);
    await peer.disconnect();
    expect(await other).toMatchObject({ message: "peer 'users' is closed: disconnect() was called" });
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

  it.each([false, true])('a node that was stopped refuses calls by name at once; others called before: %s', async (called) => {
    await using set = cluster();
    await set.server('a');
    const client = await set.client();
    const remote = client.service<Users>('users');
    if (called) await set.clock.settle(remote.where());
    await set.clock.settle(client.stop());
    const refused = { code: 'unavailable', outcome: 'not_run', message: expect.stringMatching(/was (stopped|released)$/) };
    for (const name of ['users', 'other'])
      expect(await set.clock.settle(failure(client.call(name, 'where')))).toMatchObject(refused);
    expect(await set.clock.settle(failure(remote.where()))).toMatchObject(refused);
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
    expect(left.filter(({ used }) => !used).map(({ reason }) => reason)).toEqual(['its calls fail: it is ejected for a while']);
    expect(Object.keys(await spread(remote, 6))).toHaveLength(2);
    await set.clock.advance(5_100);
    expect(Object.keys(await spread(remote, 6))).toHaveLength(3);
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
