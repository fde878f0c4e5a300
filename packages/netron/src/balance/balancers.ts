/** The balancers that there are: each looks at something else to choose a node. */
import { random as platformRandom, systemClock } from '#platform';
import type { Clock } from '../util/clock.js';
import { onlyOptions } from '../util/only-options.js';
import type { OptionNames } from '../util/option-names.js';
import { TurnClock } from '../util/turn-clock.js';
import { type BalancerName, checkBalancer } from './balancer-names.js';
import { HashRing } from './hash-ring.js';
import type { BalancedPeer, BalancingContext, LoadBalancer } from './load-balancer.js';
import { PeakEwma } from './peak-ewma.js';
import { lowest, triedOf, untriedCount, untriedPlace } from './untried.js';

/** Clock and random numbers of a balancer. */
export interface BalancerOptions {
  /** Default: the platform's, read once for all that is done in a row. */
  clock?: Pick<Clock, 'now'>;
  /** Numbers from 0 to 1. Default: the platform's. */
  random?: () => number;
}

const names: OptionNames<BalancerOptions> = { clock: true, random: true };

/** @throws TypeError for unknown options */
function readOptions(balancer: string, options: BalancerOptions = {}): Required<BalancerOptions> {
  onlyOptions(balancer, options, names);
  const { clock = new TurnClock(systemClock), random = platformRandom } = options;
  return { clock, random };
}

const nothing = (): void => {};

/** Share of the calls that a chosen node has under way which follow it at the same moment without another choice. */
const following = 1 / 8;

/**
 * Of two nodes drawn at random the one that is expected to answer sooner: what it takes, times the calls it has under way.
 * Near the best choice for the cost of looking at two; no herd runs to the node that is best at the moment. One with many calls
 * under way gets some more of those made at the same moment: its load is hardly another by them.
 */
export function p2c(options?: BalancerOptions): LoadBalancer {
  const { clock, random } = readOptions('p2c', options);
  const ewma = new PeakEwma();
  let list: readonly BalancedPeer[] | undefined;
  let chosen: BalancedPeer | undefined;
  let chosenAt = 0;
  let left = 0;
  const choose = (peer: BalancedPeer, peers: readonly BalancedPeer[], now: number): BalancedPeer => {
    chosen = peer;
    list = peers;
    chosenAt = now;
    left = Math.floor(peer.active * following);
    return peer;
  };
  return {
    selectPeer(peers, context) {
      const now = clock.now();
      if (left > 0 && chosenAt === now && list === peers && context.tried.size === 0) {
        left -= 1;
        return chosen as BalancedPeer;
      }
      const tried = triedOf(peers, context);
      const count = untriedCount(peers, tried);
      if (count === 1) return peers[untriedPlace(peers, tried, 0)] as BalancedPeer;
      // One number draws a pair: the first of `count`, the second of the others.
      const others = count - 1;
      const pair = Math.floor(random() * count * others);
      const one = Math.floor(pair / others);
      const other = pair - one * others;
      const first = untriedPlace(peers, tried, one);
      const second = untriedPlace(peers, tried, other < one ? other : other + 1);
      const a = peers[first] as BalancedPeer;
      const b = peers[second] as BalancedPeer;
      // Both are multiplied by both weights instead of divided by their own.
      const loadA = ewma.latencyAt(peers, first, now) * (a.active + 1) * b.weight;
      const loadB = ewma.latencyAt(peers, second, now) * (b.active + 1) * a.weight;
      const firstWins = loadA === loadB ? a.active <= b.active : loadA < loadB;
      return choose(firstWins ? a : b, peers, now);
    },
    reportResult: (peer, success, latency) => ewma.add(peer, success, latency, clock.now()),
  };
}

/** One after the other. */
export function roundRobin(): LoadBalancer {
  let turn = -1;
  return {
    selectPeer(peers, context) {
      const tried = triedOf(peers, context);
      do turn = (turn + 1) % peers.length;
      while (tried.has(peers[turn] as BalancedPeer));
      return peers[turn] as BalancedPeer;
    },
    reportResult: nothing,
  };
}

/** Any of them. */
export function randomChoice(options?: BalancerOptions): LoadBalancer {
  const { random } = readOptions('randomChoice', options);
  return {
    selectPeer(peers, context) {
      const tried = triedOf(peers, context);
      const rank = Math.floor(random() * untriedCount(peers, tried));
      return peers[untriedPlace(peers, tried, rank)] as BalancedPeer;
    },
    reportResult: nothing,
  };
}

/** The one with the fewest calls under way, for its weight; in turn when several have. */
export class LeastConnectionsLB implements LoadBalancer {
  #turn = 0;

  selectPeer(peers: readonly BalancedPeer[], context: BalancingContext): BalancedPeer {
    // Begins elsewhere each time, so that the first of equals is another one.
    this.#turn = (this.#turn + 1) % peers.length;
    return lowest(peers, triedOf(peers, context), ({ active, weight }) => active / weight, this.#turn);
  }

  reportResult(): void {}
}

/** At random, each as often as its weight says. */
export function weighted(options?: BalancerOptions): LoadBalancer {
  const { random } = readOptions('weighted', options);
  let list: readonly BalancedPeer[] | undefined;
  let sums: number[] = [];
  return {
    selectPeer(peers, context) {
      const tried = triedOf(peers, context);
      if (tried.size > 0) return heavy(peers, tried, random());
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

/** Returns the peer at a share, from 0 to 1, of the weight of those that were not tried. */
function heavy(peers: readonly BalancedPeer[], tried: ReadonlySet<BalancedPeer>, share: number): BalancedPeer {
  let sum = 0;
  for (const peer of peers) if (!tried.has(peer)) sum += peer.weight;
  let left = share * sum;
  let chosen: BalancedPeer | undefined;
  for (const peer of peers) {
    if (tried.has(peer)) continue;
    chosen = peer;
    left -= peer.weight;
    if (left < 0) break;
  }
  return chosen as BalancedPeer;
}

/**
 * Calls with the same key go to the same node, as long as it is there; when nodes come or go only their keys move. Calls without
 * a key go anywhere.
 */
export function consistentHash(options?: BalancerOptions): LoadBalancer {
  const anywhere = p2c(readOptions('consistentHash', options));
  // Calls of members that only some nodes have are shared among fewer: those have a ring of their own.
  const rings = new WeakMap<readonly BalancedPeer[], HashRing>();
  return {
    selectPeer(peers, context) {
      if (context.key === undefined) return anywhere.selectPeer(peers, context);
      let ring = rings.get(peers);
      if (ring === undefined) {
        ring = new HashRing(peers);
        rings.set(peers, ring);
      }
      return ring.find(context.key, context.tried);
    },
    reportResult: (peer, success, latency) => anywhere.reportResult(peer, success, latency),
  };
}

/** The one that answers soonest, however busy it is; those of which nothing is known are tried first. */
export function nearest(options?: BalancerOptions): LoadBalancer {
  const { clock } = readOptions('nearest', options);
  const ewma = new PeakEwma();
  return {
    selectPeer(peers, context) {
      const now = clock.now();
      return lowest(peers, triedOf(peers, context), (peer) => ewma.latency(peer, now));
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
  checkBalancer(given);
  return typeof given === 'string' ? byName[given](options) : given;
}
