/**
 * Balancers of a program that fail: the call that they are asked for fails with `internal` and their name, of whatever kind it is; the
 * process, the other calls and the other users of the nodes do not notice.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BalancedPeer, type LoadBalancer, memoryDiscovery } from '../../src/discovery.js';
import {
  defineService,
  type NetronOptions,
  outcomeOf,
  type ServiceConnectOptions,
  setProperty,
  withOptions,
} from '../../src/index.js';
import { cluster, type Users } from './clusters.js';
import { failure, quiet, settled } from './nodes.js';

/** Failures of promises that nobody has heard: each would end a process. */
const unheard: unknown[] = [];
const hear = (reason: unknown): void => void unheard.push(reason);
beforeEach(() => {
  unheard.length = 0;
  process.on('unhandledRejection', hear);
});
afterEach(async () => {
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', hear);
  expect(unheard).toEqual([]);
});

type Choose = (peers: readonly BalancedPeer[]) => unknown;

/** A balancer of a program, which has a class and does what `choose` says. */
class Biased implements LoadBalancer {
  readonly #choose: Choose;
  constructor(choose: Choose) {
    this.#choose = choose;
  }
  selectPeer(peers: readonly BalancedPeer[]): BalancedPeer {
    return this.#choose(peers) as BalancedPeer;
  }
  reportResult(): void {}
}

const wrongs: readonly [string, Choose, RegExp][] = [
  [
    'throws',
    () => {
      throw new Error('no idea');
    },
    /failed: no idea$/,
  ],
  [
    'throws nothing',
    () => {
      throw undefined;
    },
    /failed: undefined$/,
  ],
  [
    'throws what has no text',
    () => {
      throw Object.create(null);
    },
    /failed: an unprintable value was thrown$/,
  ],
  ['takes a peer out of the list', (peers) => (peers as BalancedPeer[]).pop(), /failed: Cannot delete /],
  [
    'empties the list',
    (peers) => {
      const [first] = peers;
      (peers as BalancedPeer[]).length = 0;
      return first;
    },
    /failed: Cannot assign /,
  ],
  ['returns nothing', () => undefined, /offered peers, not undefined$/],
  ['returns null', () => null, /, not null$/],
  ['returns an id', ([peer]) => peer?.id, /, not a string$/],
  ['returns a stranger', () => ({ id: 'x' }), /, not an object$/],
  ['returns a copy of a peer', ([peer]) => ({ ...peer }), /, not an object$/],
  ['returns the list', (peers) => [...peers], /, not an array$/],
  ['returns a promise of a peer', async ([peer]) => peer, /, not a promise$/],
  [
    'returns a promise that fails',
    async () => {
      throw new Error('later');
    },
    /, not a promise$/,
  ],
  [
    'returns what throws when looked at',
    () => ({
      get then() {
        throw new Error('trap');
      },
    }),
    /failed: trap$/,
  ],
];

const named = (message: RegExp) => ({
  code: 'internal',
  message: expect.stringMatching(new RegExp(`^the load balancer Biased of service 'users' .*${message.source}`)),
});

/** Two nodes that have the service, and a client. */
async function nodes(own: NetronOptions = {}) {
  const set = cluster();
  for (const id of ['a', 'b']) {
    const { node } = await set.server(id, undefined, {
      discovery: { backend: memoryDiscovery(set.registry), node: { zone: 'z' } },
    });
    node.addTask('where', () => id, { remote: true });
  }
  const client = await set.client(own);
  /** A proxy that is connected to both. */
  const service = async (options: ServiceConnectOptions = {}) => {
    const remote = client.service<Users>('users', options);
    await set.clock.settle(client.connect('users'));
    await set.clock.advance(100);
    return remote;
  };
  return { ...set, client, service, [Symbol.asyncDispose]: set[Symbol.asyncDispose] };
}

describe.each(wrongs)('a balancer that %s', (_what, choose, message) => {
  const loadBalancer = new Biased(choose);

  it('fails calls, properties, streams and pipelined calls, by proxies and peers, and tasks; others go on', async () => {
    await using set = await nodes();
    const good = await set.service();
    const remote = await set.service({ loadBalancer });
    const keyed = await set.service({ loadBalancer, key: () => 'k', subset: 2, breaker: {}, bulkhead: {} });
    const peer = await set.client.connect('users', { loadBalancer });
    await set.clock.advance(100);
    const asked: Record<string, () => unknown> = {
      call: () => remote.where(),
      'call with options': () => withOptions(remote, { timeout: 1_000 }).where(),
      'call with a key, through policies': () => keyed.where(),
      'call by name': () => peer.call('users', 'where'),
      property: () => remote.level,
      'property that is set': () => setProperty(remote, 'level', 2),
      stream: async () => {
        for await (const _item of remote.count(3)) return 'an item';
        return 'none';
      },
      pipelined: () => remote.counter().next(),
      task: () => peer.runTask('where'),
    };
    for (const [what, ask] of Object.entries(asked)) {
      const error = await set.clock.settle(failure((async () => ask())()));
      expect([what, error]).toMatchObject([what, named(message)]);
      expect(outcomeOf(error)).toBe('not_run');
    }
    expect(await set.clock.settle(good.where())).toMatch(/^[ab]$/);
  });

  it('fails the call among the nodes of a zone', async () => {
    await using set = cluster();
    for (const [id, zone] of [
      ['a', 'near'],
      ['b', 'near'],
      ['c', 'far'],
    ] as const)
      await set.server(id, undefined, { discovery: { backend: memoryDiscovery(set.registry), node: { zone } } });
    const client = await set.client({ discovery: { backend: memoryDiscovery(set.registry), node: { zone: 'near' } } });
    for (const locality of ['prefer', 'require'] as const) {
      const remote = client.service<Users>('users', { loadBalancer, locality });
      await set.clock.settle(client.connect('users'));
      await set.clock.advance(100);
      expect(await set.clock.settle(failure(remote.where()))).toMatchObject(named(message));
    }
  });

  it('fails the retry of a call, and only the second attempt of a hedged call', async () => {
    await using set = await nodes();
    let asked = 0;
    const later = new Biased((peers) => ((asked += 1) === 1 ? peers.find(({ id }) => id === 'a') : choose(peers)));
    const repeated = await set.service({ loadBalancer: later, idempotent: true });
    expect(await set.clock.settle(failure(repeated.fail()))).toMatchObject(named(message));
    asked = 0;
    const hedged = await set.service({ loadBalancer: later, idempotent: true, hedge: { after: 50, budget: 1 } });
    const waiting = failure(withOptions(hedged, { timeout: 200 }).wait());
    await set.clock.advance(100);
    expect(asked).toBe(2);
    await set.clock.advance(100);
    expect(await waiting).toMatchObject({ code: 'deadline_exceeded' });
  });

  it('ends the streams that a task was to get', async () => {
    await using set = await nodes();
    const peer = await set.client.connect('users', { loadBalancer });
    await set.clock.advance(100);
    let ended = false;
    const stream = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => {}),
        return: async () => ((ended = true), { done: true, value: undefined }),
      }),
    };
    expect(await set.clock.settle(failure(peer.runTask('where', stream)))).toMatchObject(named(message));
    await settled();
    expect(ended).toBe(true);
  });
});

describe('a balancer that chooses a node it was not offered', () => {
  it('because it lacks the member fails the call', async () => {
    await using set = await nodes();
    for (const id of ['c', 'd']) {
      const { peer } = await set.create(id);
      await peer.exposeService(defineService({ name: 'users@1.1.0', methods: { where: () => id, since: () => id } }));
    }
    let first: BalancedPeer | undefined;
    const loadBalancer = new Biased((peers) => (first ??= peers.find(({ id }) => id === 'a')));
    const remote = (await set.service({ loadBalancer })) as unknown as { where(): Promise<string>; since(): Promise<string> };
    expect(await set.clock.settle(remote.where())).toBe('a');
    expect(await set.clock.settle(failure(remote.since()))).toMatchObject(
      named(/offered peers, not an object of class Endpoint$/),
    );
  });

  it('because its calls fail, or it is gone, fails the call', async () => {
    await using set = await nodes();
    await set.server('c');
    let first: BalancedPeer | undefined;
    const loadBalancer = new Biased((peers) => (first ??= peers.find(({ id }) => id === 'a')));
    const remote = await set.service({ loadBalancer, retry: false, outliers: { consecutive: 1 } });
    expect(await set.clock.settle(failure(remote.once()))).toMatchObject({ code: 'unavailable' });
    expect(await set.clock.settle(failure(remote.where()))).toMatchObject(
      named(/offered peers, not an object of class Endpoint$/),
    );
  });
});

it('a key function that fails fails the call, with the name of the service', async () => {
  await using set = await nodes();
  const key = (): string => {
    throw new Error('no tenant');
  };
  const remote = set.client.service<Users>('users', { loadBalancer: 'consistent-hash', key });
  const expected = { code: 'internal', message: "the key function of service 'users' failed: no tenant", outcome: 'not_run' };
  expect(await set.clock.settle(failure(remote.where()))).toMatchObject(expected);
});

it.each([
  ['a promise', async () => 'ann'],
  ['a promise', async () => Promise.reject(new Error('nobody hears of it'))],
  ['undefined', () => undefined],
  ['a number', () => 7],
])('a key that is %s fails the call: it would be the same for all', async (came, key) => {
  await using set = await nodes();
  const remote = set.client.service<Users>('users', { loadBalancer: 'consistent-hash', key: key as () => never });
  const message = `the key of service 'users' must be a string, not ${came}`;
  expect(await set.clock.settle(failure(remote.where()))).toMatchObject({ code: 'internal', outcome: 'not_run', message });
});

describe('a balancer that cannot note results', () => {
  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('full');
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('full');
      },
    ],
  ])('because it %s does not fail calls, and is logged by name', async (_what, report) => {
    const logged: unknown[] = [];
    const logger = { ...quiet, error: (facts: object, message: string) => logged.push([facts, message]) };
    await using set = await nodes({ logger });
    const loadBalancer = Object.assign(new Biased(([peer]) => peer), { reportResult: report as () => void });
    const remote = await set.service({ loadBalancer });
    expect(await set.clock.settle(remote.where())).toMatch(/^[ab]$/);
    expect(logged).toEqual([[{ service: 'users', error: 'full' }, 'the load balancer Biased failed in reportResult()']]);
  });

  it('because it has no reportResult is refused where it is given', async () => {
    await using set = await nodes();
    const half = { selectPeer: ([peer]: readonly BalancedPeer[]) => peer } as never;
    expect(() => set.client.service('users', { loadBalancer: half })).toThrow(TypeError);
  });
});

it('a balancer without a class is named by its service', async () => {
  await using set = await nodes();
  const remote = await set.service({ loadBalancer: { selectPeer: () => undefined as never, reportResult() {} } });
  expect(await set.clock.settle(failure(remote.where()))).toMatchObject({
    code: 'internal',
    message: "the load balancer of service 'users' must return one of the offered peers, not undefined",
  });
});
