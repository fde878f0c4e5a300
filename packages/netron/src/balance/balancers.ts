/** The balancers that there are: each looks at something else to choose a node. */
import { random as platformRandom, systemClock } from '#platform';
import type { Clock } from '../util/clock.js';
import { type BalancerName, balancerNames, isBalancerName } from './balancer-names.js';
import { HashRing } from './hash-ring.js';
import { type BalancedPeer, type BalancingContext, type LoadBalancer, lowest, untried } from './load-balancer.js';
import { PeakEwma } from './peak-ewma.js';

/** Clock and random numbers of a balancer. */
export interface BalancerOptions {
  /** Default: the platform's. */
  clock?: Pick<Clock, 'now'>;
  /** Numbers from 0 to 1. Default: the platform's. */
  random?: () => number;
}

const nothing = (): void => {};

/**
 * Of two nodes drawn at random the one that is expected to answer sooner: what it takes, times the calls it has under way.
 * Near the best choice for the cost of looking at two; no herd runs to the node that is best at the moment.
 */
export function p2c({ clock = systemClock, random = platformRandom }: BalancerOptions = {}): LoadBalancer {
  const ewma = new PeakEwma();
  return {
    selectPeer(all, context) {
      const peers = untried(all, context);
      if (peers.length === 1) return peers[0] as BalancedPeer;
      const first = Math.floor(random() * peers.length);
      const drawn = Math.floor(random() * (peers.length - 1));
      const second = drawn < first ? drawn : drawn + 1;
      const a = peers[first] as BalancedPeer;
      const b = peers[second] as BalancedPeer;
      const now = clock.now();
      const loadA = (ewma.latencyAt(peers, first, now) * (a.active + 1)) / a.weight;
      const loadB = (ewma.latencyAt(peers, second, now) * (b.active + 1)) / b.weight;
      if (loadA === loadB) return a.active <= b.active ? a : b;
      return loadA < loadB ? a : b;
    },
    reportResult: (peer, success, latency) => ewma.add(peer, success, latency, clock.now()),
  };
}

/** One after the other. */
export function roundRobin(): LoadBalancer {
  let turn = -1;
  return {
    selectPeer(all, context) {
      const peers = untried(all, context);
      turn = (turn + 1) % peers.length;
      return peers[turn] as BalancedPeer;
    },
    reportResult: nothing,
  };
}

/** Any of them. */
export function randomChoice({ random = platformRandom }: BalancerOptions = {}): LoadBalancer {
  return {
    selectPeer(all, context) {
      const peers = untried(all, context);
      return peers[Math.floor(random() * peers.length)] as BalancedPeer;
    },
    reportResult: nothing,
  };
}

/** The one with the fewest calls under way, for its weight; in turn when several have. */
export class LeastConnectionsLB implements LoadBalancer {
  #turn = 0;

  selectPeer(all: readonly BalancedPeer[], context: BalancingContext): BalancedPeer {
    const peers = untried(all, context);
    this.#turn = (this.#turn + 1) % peers.length;
    // Begins elsewhere each time, so that the first of equals is another one.
    const turned = this.#turn === 0 ? peers : [...peers.slice(this.#turn), ...peers.slice(0, this.#turn)];
    return lowest(turned, ({ active, weight }) => active / weight);
  }

  reportResult(): void {}
}

/** At random, each as often as its weight says. */
export function weighted({ random = platformRandom }: BalancerOptions = {}): LoadBalancer {
  let list: readonly BalancedPeer[] | undefined;
  let sums: number[] = [];
  return {
    selectPeer(all, context) {
      const peers = untried(all, context);
      if (peers !== list) {
        let sum = 0;
        sums = peers.map(({ weight }) => {
          sum += weight;
          return sum;
        });
        list = peers;
      }
      const wanted = random() * (sums.at(-1) ?? 0);
      let [low, high] = [0, sums.length - 1];
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((sums[middle] as number) > wanted) high = middle;
        else low = middle + 1;
      }
      return peers[low] as BalancedPeer;
    },
    reportResult: nothing,
  };
}

/**
 * Calls with the same key go to the same node, as long as it is there; when nodes come or go only their keys move. Calls without
 * a key go anywhere.
 */
export function consistentHash(options: BalancerOptions = {}): LoadBalancer {
  const anywhere = p2c(options);
  let list: readonly BalancedPeer[] | undefined;
  let ring: HashRing | undefined;
  return {
    selectPeer(peers, context) {
      if (context.key === undefined) return anywhere.selectPeer(peers, context);
      if (ring === undefined || peers !== list) ring = new HashRing(peers);
      list = peers;
      return ring.find(context.key, context.tried);
    },
    reportResult: (peer, success, latency) => anywhere.reportResult(peer, success, latency),
  };
}

/** The one that answers soonest, however busy it is; those of which nothing is known are tried first. */
export function nearest({ clock = systemClock }: BalancerOptions = {}): LoadBalancer {
  const ewma = new PeakEwma();
  return {
    selectPeer(all, context) {
      const now = clock.now();
      return lowest(untried(all, context), (peer) => ewma.latency(peer, now));
    },
    reportResult: (peer, success, latency) => ewma.add(peer, success, latency, clock.now()),
  };
}

const byName: Readonly<Record<BalancerName, (options: BalancerOptions) => LoadBalancer>> = {
  p2c,
  'round-robin': roundRobin,
  random: randomChoice,
  'least-connections': () => new LeastConnectionsLB(),
  weighted,
  'consistent-hash': consistentHash,
  nearest,
};

/**
 * The balancer that an option names, or the one that it is.
 *
 * @throws RangeError for names that there are not
 * @throws TypeError for what is no balancer
 */
export function balancerOf(given: BalancerName | LoadBalancer, options: BalancerOptions = {}): LoadBalancer {
  if (typeof given === 'string') {
    if (!isBalancerName(given)) {
      throw new RangeError(`no load balancer '${given as string}': expected ${balancerNames.join(', ')}, or one of your own`);
    }
    return byName[given](options);
  }
  if (typeof given?.selectPeer === 'function' && typeof given.reportResult === 'function') return given;
  throw new TypeError('a load balancer has selectPeer(peers, context) and reportResult(peer, success, latency)');
}
