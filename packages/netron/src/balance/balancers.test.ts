import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock.js';
import { balancerNames } from './balancer-names.js';
import { balancerOf, consistentHash, LeastConnectionsLB, nearest, p2c, randomChoice, roundRobin, weighted } from './balancers.js';
import type { BalancedPeer, BalancingContext, LoadBalancer } from './load-balancer.js';
import { near } from './locality.js';
import { Outliers } from './outliers.js';
import { subsetOf } from './subset.js';

type Writable = { -readonly [K in keyof BalancedPeer]: BalancedPeer[K] };

const peer = (id: string, given: Partial<BalancedPeer> = {}): Writable => ({
  id,
  node: { id, labels: {}, weight: 1 },
  active: 0,
  weight: 1,
  quietSince: 0,
  ...given,
});
const peers = (count: number) => Array.from({ length: count }, (_, n) => peer(`n${n}`));
const context: BalancingContext = { service: 's', method: 'm', tried: new Set() };

/** The same numbers each time. */
function numbers(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

function counts(balancer: LoadBalancer, list: readonly BalancedPeer[], calls: number, given = context) {
  const chosen = new Map(list.map(({ id }) => [id, 0]));
  for (let call = 0; call < calls; call += 1) {
    const { id } = balancer.selectPeer(list, given);
    chosen.set(id, (chosen.get(id) as number) + 1);
  }
  return [...chosen.values()];
}

/** Calls at a steady rate to nodes that take some time to answer; returns how many each got. */
async function traffic(
  clock: VirtualClock,
  balancer: LoadBalancer,
  list: Writable[],
  takes: (id: string) => number,
  calls: number,
) {
  const got = new Map(list.map(({ id }) => [id, 0]));
  for (let call = 0; call < calls; call += 1) {
    const chosen = balancer.selectPeer(list, context) as Writable;
    got.set(chosen.id, (got.get(chosen.id) as number) + 1);
    if (chosen.active === 0) chosen.quietSince = clock.now();
    chosen.active += 1;
    const start = clock.now();
    const time = takes(chosen.id);
    if (time < Infinity) {
      clock.setTimeout(() => {
        chosen.active -= 1;
        chosen.quietSince = clock.now();
        balancer.reportResult(chosen, true, clock.now() - start);
      }, time);
    }
    const until = start + 1;
    while (clock.now() + clock.next <= until) clock.step();
    clock.sleep(until - clock.now());
  }
  return got;
}

describe('LB-01: balancers', () => {
  it('round-robin takes the nodes in turn', () => {
    const list = peers(3);
    const balancer = roundRobin();
    expect(Array.from({ length: 7 }, () => balancer.selectPeer(list, context).id)).toEqual([
      'n0',
      'n1',
      'n2',
      'n0',
      'n1',
      'n2',
      'n0',
    ]);
    expect(counts(balancer, list.slice(0, 2), 10)).toEqual([5, 5]);
  });

  it('random spreads calls evenly', () => {
    for (const count of counts(randomChoice({ random: numbers() }), peers(4), 4_000))
      expect(Math.abs(count - 1_000)).toBeLessThan(100);
  });

  it('LB-03: least-connections takes the node with the fewest calls in flight per weight, and equal nodes in turn', () => {
    const balancer = new LeastConnectionsLB();
    expect(counts(balancer, peers(3), 300)).toEqual([100, 100, 100]);
    expect(balancer.selectPeer([peer('a', { active: 3 }), peer('b', { active: 1 }), peer('c', { active: 2 })], context).id).toBe(
      'b',
    );
    expect(balancer.selectPeer([peer('a', { active: 2 }), peer('b', { active: 3, weight: 4 })], context).id).toBe('b');
  });

  it('weighted takes each node in proportion to its weight', () => {
    const list = [peer('a', { weight: 1 }), peer('b', { weight: 3 }), peer('c', { weight: 0.5 })];
    const [a = 0, b = 0, c = 0] = counts(weighted({ random: numbers() }), list, 9_000);
    for (const [count, wanted] of [
      [a, 2_000],
      [b, 6_000],
      [c, 1_000],
    ] as const)
      expect(Math.abs(count - wanted)).toBeLessThan(wanted * 0.1);
  });

  it('consistent-hash keeps a key at its node; when a node leaves only its keys move', () => {
    const list = peers(10);
    const balancer = consistentHash({ random: numbers() });
    const place = (nodes: readonly BalancedPeer[], key: string) => balancer.selectPeer(nodes, { ...context, key });
    const keys = Array.from({ length: 2_000 }, (_, n) => `key ${n}`);
    const before = keys.map((key) => place(list, key));
    expect(keys.map((key) => place(list, key))).toEqual(before);
    const fewer = list.filter(({ id }) => id !== 'n3');
    const moved = keys.filter((key, index) => place(fewer, key) !== before[index]);
    expect(moved.length).toBe(before.filter(({ id }) => id === 'n3').length);
    for (const { id } of list) expect(Math.abs(before.filter((chosen) => chosen.id === id).length - 200)).toBeLessThan(120);
    const first = before[0] as BalancedPeer;
    const next = balancer.selectPeer(list, { ...context, key: 'key 0', tried: new Set([first]) });
    expect(next).not.toBe(first);
    expect(new Set(Array.from({ length: 50 }, () => balancer.selectPeer(list, context).id)).size).toBeGreaterThan(5);
  });

  it('nearest takes the node with the shortest response time', () => {
    const clock = new VirtualClock();
    const list = peers(3);
    const balancer = nearest({ clock });
    for (const [index, latency] of [30, 5, 20].entries()) balancer.reportResult(list[index] as BalancedPeer, true, latency);
    expect(counts(balancer, list, 10)).toEqual([0, 10, 0]);
  });

  it.each(['p2c', 'round-robin', 'random', 'least-connections', 'weighted', 'consistent-hash', 'nearest'] as const)(
    '%s: takes a node that was tried before only when there is no other',
    (name) => {
      const list = peers(3);
      const balancer = balancerOf(name, { random: numbers() });
      for (const key of [undefined, 'k']) {
        const tried = new Set<BalancedPeer>([list[0] as BalancedPeer, list[2] as BalancedPeer]);
        expect(counts(balancer, list, 20, { ...context, key, tried })).toEqual([0, 20, 0]);
        expect(list).toContain(balancer.selectPeer(list, { ...context, key, tried: new Set(list) }));
      }
      expect(balancer.selectPeer([list[1] as BalancedPeer], context)).toBe(list[1]);
    },
  );

  it.each(balancerNames)('%s: makes no list of the nodes for a call', (name) => {
    let lists = 0;
    class Counted extends Array<BalancedPeer> {
      static override get [Symbol.species]() {
        lists += 1;
        return Array;
      }
    }
    const list = Counted.from(peers(5));
    const balancer = balancerOf(name, { random: numbers() });
    const tried = new Set(list.slice(0, 2));
    const pick = (given: Partial<BalancingContext>) =>
      balancer.reportResult(balancer.selectPeer(list, { ...context, ...given }), true, 1);
    // A balancer may prepare for a list that it has not seen before.
    pick({ key: 'k' });
    pick({});
    lists = 0;
    for (let call = 0; call < 50; call += 1)
      for (const key of [undefined, `k${call}`]) for (const given of [{}, { tried }]) pick({ key, ...given });
    expect(lists).toBe(0);
  });

  it('consistent-hash places each node of a list once, also when calls go to several lists in turn', () => {
    let read = 0;
    const list = peers(10).map((one) =>
      Object.defineProperty(one, 'weight', {
        get() {
          read += 1;
          return 1;
        },
      }),
    );
    const some = list.slice(0, 5);
    const balancer = consistentHash({ random: numbers() });
    for (let call = 0; call < 20; call += 1)
      for (const given of [list, some]) balancer.selectPeer(given, { ...context, key: `k${call}` });
    expect(read).toBe(15);
  });

  it('repeats are shared evenly among the nodes that were not tried', () => {
    const list = peers(6);
    const tried = new Set([list[0] as BalancedPeer, list[3] as BalancedPeer]);
    for (const name of ['p2c', 'random', 'weighted'] as const) {
      const got = counts(balancerOf(name, { random: numbers() }), list, 4_000, { ...context, tried });
      expect([got[0], got[3]]).toEqual([0, 0]);
      for (const place of [1, 2, 4, 5]) expect(Math.abs((got[place] as number) - 1_000)).toBeLessThan(150);
    }
  });

  it('LB-02: accepts a custom balancer and refuses unknown names', () => {
    const own: LoadBalancer = { selectPeer: ([first]) => first as BalancedPeer, reportResult() {} };
    expect(balancerOf(own)).toBe(own);
    expect(() => balancerOf('fastest' as never)).toThrow(RangeError);
    expect(() => balancerOf({} as never)).toThrow(TypeError);
  });
});

describe('LB-05: p2c', () => {
  it('spreads calls evenly over equal nodes', async () => {
    const clock = new VirtualClock();
    const got = await traffic(clock, p2c({ clock, random: numbers() }), peers(4), () => 3, 8_000);
    for (const count of got.values()) expect(Math.abs(count - 2_000)).toBeLessThan(400);
  });

  it('C14: gives a node that is 100 ms slower at most 10 % of the calls', async () => {
    const clock = new VirtualClock();
    const got = await traffic(clock, p2c({ clock, random: numbers() }), peers(3), (id) => (id === 'n0' ? 102 : 2), 30_000);
    expect(got.get('n0')).toBeLessThan(3_000);
    expect(got.get('n0')).toBeGreaterThan(0);
  });

  it('C13: stops calling a frozen node after a few calls that get no answer', async () => {
    const clock = new VirtualClock();
    const list = peers(3);
    const balancer = p2c({ clock, random: numbers() });
    await traffic(clock, balancer, list, () => 2, 3_000);
    const got = await traffic(clock, balancer, list, (id) => (id === 'n1' ? Infinity : 2), 3_000);
    expect(got.get('n1')).toBeLessThan(30);
  });

  it('a node with many calls under way gets an eighth as many more of the same moment without another choice', () => {
    const clock = new VirtualClock();
    let draws = 0;
    const balancer = p2c({ clock, random: () => (draws++ % 6) / 6 });
    const drawn = (list: readonly BalancedPeer[], calls: number, given = context) => {
      draws = 0;
      const chosen = Array.from({ length: calls }, () => balancer.selectPeer(list, given));
      return [draws, new Set(chosen).size];
    };
    const busy = Array.from({ length: 3 }, (_, n) => peer(`n${n}`, { active: 80 }));
    expect(drawn(busy, 11)).toEqual([1, 1]);
    expect(drawn(busy, 6)).toEqual([1, 1]);
    clock.sleep(1);
    expect(drawn(busy, 1)).toEqual([1, 1]);
    // Another list, or nodes to pass over: what was chosen does not hold.
    expect(drawn(busy.slice(0, 2), 1)).toEqual([1, 1]);
    expect(drawn(busy.slice(1), 1)).toEqual([1, 1]);
    expect(balancer.selectPeer(busy, { ...context, tried: new Set(busy.slice(0, 2)) })).toBe(busy[2]);
    // Few calls under way: each has its own choice.
    const idle = Array.from({ length: 3 }, (_, n) => peer(`n${n}`, { active: 7 }));
    expect(drawn(idle, 30)[0]).toBe(30);
  });

  it('does not prefer a node that fails fast', () => {
    const clock = new VirtualClock();
    const list = peers(3);
    const balancer = p2c({ clock, random: numbers() });
    let failing = 0;
    for (let call = 0; call < 3_000; call += 1) {
      clock.sleep(1);
      const chosen = balancer.selectPeer(list, context);
      if (chosen.id === 'n0') failing += 1;
      balancer.reportResult(chosen, chosen.id !== 'n0', chosen.id === 'n0' ? 0.1 : 5);
    }
    expect(failing).toBeLessThan(30);
  });

  it('uses a node again when it has recovered', async () => {
    const clock = new VirtualClock();
    const list = peers(2);
    const balancer = p2c({ clock, random: numbers() });
    await traffic(clock, balancer, list, (id) => (id === 'n0' ? 200 : 2), 2_000);
    clock.sleep(60_000);
    const got = await traffic(clock, balancer, list, () => 2, 4_000);
    expect(got.get('n0')).toBeGreaterThan(1_000);
  });
});

describe('C13: outliers', () => {
  it('eject a node after five failures in a row, each time for longer', () => {
    const outliers = new Outliers();
    const list = peers(4);
    const bad = list[0] as BalancedPeer;
    for (let failure = 0; failure < 4; failure += 1) outliers.report(bad, false, 0);
    expect(outliers.ready(list, 0)).toBe(list);
    outliers.report(bad, false, 0);
    expect(outliers.ready(list, 1).map(({ id }) => id)).toEqual(['n1', 'n2', 'n3']);
    expect(outliers.ready(list, 1)).toBe(outliers.ready(list, 2));
    expect(outliers.ready(list, 4_999).length).toBe(3);
    expect(outliers.ready(list, 5_000).length).toBe(4);
    for (let failure = 0; failure < 5; failure += 1) outliers.report(bad, false, 5_000);
    expect(outliers.ready(list, 14_999).length).toBe(3);
    expect(outliers.ready(list, 15_000).length).toBe(4);
    outliers.report(bad, true, 15_000);
    expect(outliers.ejected(bad, 15_000)).toBe(false);
  });

  it('eject a node when half of twenty calls fail', () => {
    const outliers = new Outliers();
    const list = peers(4);
    const bad = list[2] as BalancedPeer;
    for (let call = 0; call < 20; call += 1) outliers.report(bad, call % 2 === 0, 100);
    expect(outliers.ready(list, 100).length).toBe(4); // the first call of it was a success that nobody noted
    outliers.report(bad, false, 100);
    expect(outliers.ready(list, 100).length).toBe(3);
  });

  it('eject at most half of the nodes; when more fail, all are used', () => {
    const outliers = new Outliers();
    const list = peers(4);
    const fail = (index: number) => {
      for (let failure = 0; failure < 5; failure += 1) outliers.report(list[index] as BalancedPeer, false, 0);
    };
    fail(0);
    fail(1);
    expect(outliers.ready(list, 1).map(({ id }) => id)).toEqual(['n2', 'n3']);
    fail(2);
    expect(outliers.ready(list, 1)).toBe(list);
  });

  it('refuse invalid options', () => {
    expect(() => new Outliers({ consecutive: 0 })).toThrow(RangeError);
    expect(() => new Outliers({ maxEjected: 2 })).toThrow(RangeError);
  });
});

describe('DI-18: places', () => {
  const list = [
    peer('a', { node: { id: 'a', labels: {}, weight: 1, region: 'eu', zone: '1' } }),
    peer('b', { node: { id: 'b', labels: {}, weight: 1, region: 'eu', zone: '2' } }),
    peer('c', { node: { id: 'c', labels: {}, weight: 1, region: 'us', zone: '1' } }),
  ];
  const ids = (given: readonly BalancedPeer[]) => given.map(({ id }) => id).join('');

  it('nodes of the same zone come first, then of the same region, then all others', () => {
    expect(ids(near(list, { region: 'eu', zone: '1' }, 'prefer'))).toBe('a');
    expect(ids(near(list, { region: 'eu', zone: '9' }, 'prefer'))).toBe('ab');
    expect(ids(near(list, { region: 'ap', zone: '1' }, 'prefer'))).toBe('abc');
    expect(ids(near(list, {}, 'prefer'))).toBe('abc');
    expect(ids(near(list, { region: 'eu', zone: '9' }, 'require'))).toBe('');
    expect(ids(near(list, { region: 'us' }, 'require'))).toBe('c');
    expect(near(list, { region: 'eu' }, false)).toBe(list);
  });

  it('a subset of many nodes is stable for a client, differs between clients, and uses all nodes evenly', () => {
    const nodes = Array.from({ length: 100 }, (_, n) => ({ id: `node ${n}` }));
    const used = new Map<string, number>();
    for (let client = 0; client < 500; client += 1) {
      const part = subsetOf(`client ${client}`, nodes, 20);
      expect(part.length).toBe(20);
      expect(subsetOf(`client ${client}`, nodes.toReversed(), 20)).toEqual(part);
      for (const { id } of part) used.set(id, (used.get(id) ?? 0) + 1);
    }
    for (const { id } of nodes) expect(Math.abs((used.get(id) ?? 0) - 100)).toBeLessThan(45);
    const before = subsetOf('client', nodes, 20);
    const gone = before[0]?.id;
    const after = subsetOf(
      'client',
      nodes.filter(({ id }) => id !== gone),
      20,
    );
    expect(after.filter((node) => before.includes(node)).length).toBe(19);
    expect(subsetOf('client', nodes.slice(0, 5), 20).length).toBe(5);
  });
});
