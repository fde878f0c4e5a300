/** Nodes for balancers to choose from, and calls to them. */
import type { BalancedPeer, BalancingContext, LoadBalancer } from '../src/balance/load-balancer.js';
import type { VirtualClock } from '../src/testing/virtual-clock.js';

export type Writable = { -readonly [K in keyof BalancedPeer]: BalancedPeer[K] };

export const peer = (id: string, given: Partial<BalancedPeer> = {}): Writable => ({
  id,
  node: { id, labels: {}, weight: 1 },
  active: 0,
  weight: 1,
  quietSince: 0,
  ...given,
});
export const peers = (count: number) => Array.from({ length: count }, (_, n) => peer(`n${n}`));
export const context: BalancingContext = { service: 's', method: 'm', tried: new Set() };

/** The same numbers each time. */
export function numbers(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** Chooses for some calls; returns how many each node got. */
export function counts(balancer: LoadBalancer, list: readonly BalancedPeer[], calls: number, given = context) {
  const chosen = new Map(list.map(({ id }) => [id, 0]));
  for (let call = 0; call < calls; call += 1) {
    const { id } = balancer.selectPeer(list, given);
    chosen.set(id, (chosen.get(id) as number) + 1);
  }
  return [...chosen.values()];
}

/** Calls at a steady rate to nodes that take some time to answer; returns how many each got. */
export async function traffic(
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
