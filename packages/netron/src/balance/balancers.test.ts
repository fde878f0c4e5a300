import { describe, expect, it } from 'vitest';
import { context, counts, numbers, peer, peers } from '../../test/balanced.js';
import { VirtualClock } from '../testing/virtual-clock.js';
import { balancerNames } from './balancer-names.js';
import { balancerOf, consistentHash, LeastConnectionsLB, nearest, randomChoice, roundRobin, weighted } from './balancers.js';
import type { BalancedPeer, BalancingContext, LoadBalancer } from './load-balancer.js';

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
