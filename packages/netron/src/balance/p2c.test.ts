import { describe, expect, it } from 'vitest';
import { context, numbers, peer, peers, traffic } from '../../test/balanced.js';
import { VirtualClock } from '../testing/virtual-clock.js';
import { p2c } from './balancers.js';
import type { BalancedPeer } from './load-balancer.js';

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

  it('a node with many calls in flight gets an eighth as many more at the same moment without another choice', () => {
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
    // With another list, or nodes to skip, the earlier choice is not used.
    expect(drawn(busy.slice(0, 2), 1)).toEqual([1, 1]);
    expect(drawn(busy.slice(1), 1)).toEqual([1, 1]);
    expect(balancer.selectPeer(busy, { ...context, tried: new Set(busy.slice(0, 2)) })).toBe(busy[2]);
    // With few calls in flight, each call is a new choice.
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

  it('a node that paused for 100 ms once is called again within ten seconds', () => {
    const clock = new VirtualClock();
    const list = peers(2);
    const balancer = p2c({ clock, random: numbers() });
    for (const [at, one] of list.entries()) balancer.reportResult(one, true, at === 0 ? 100 : 0.2);
    const shares = [0, 5_000, 10_000].map((until) => {
      clock.sleep(until - clock.now());
      return Array.from({ length: 100 }, () => {
        const chosen = balancer.selectPeer(list, context);
        balancer.reportResult(chosen, true, 0.2);
        return chosen.id;
      }).filter((id) => id === 'n0').length;
    });
    expect(shares.slice(0, 2)).toEqual([0, 0]);
    expect(shares[2]).toBeGreaterThan(25);
  });

  it('answers within a millisecond count as equally fast: sequential calls go to all nodes', () => {
    const clock = new VirtualClock();
    const list = peers(2);
    const balancer = p2c({ clock, random: numbers() });
    let first = 0;
    for (let call = 0; call < 1_000; call += 1) {
      clock.sleep(1);
      const chosen = balancer.selectPeer(list, context);
      if (chosen.id === 'n0') first += 1;
      balancer.reportResult(chosen, true, chosen.id === 'n0' ? 0.3 : 0.1);
    }
    expect(Math.abs(first - 500)).toBeLessThan(100);
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
