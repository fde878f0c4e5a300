/** The built-in balancers. */
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
  /** Default: the platform's, read once per turn of the event loop. */
  clock?: Pick<Clock, 'now'>;
  /** Returns numbers from 0 to 1. Default: the platform's. */
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

/** Share of a chosen node's calls in flight that may follow to it at the same moment without another choice. */
const following = 1 / 8;

/**
 * Picks two nodes at random and chooses the one with the lower expected latency times calls in flight (power of two choices).
 * Close to the best choice at the cost of comparing two nodes, and without all clients rushing to the node that is best at the moment. A
 * node with many calls in flight gets several calls of the same moment in a row, because they hardly change its load.
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
      // One random number draws the pair: the first of `count`, the second of the others.
      const others = count - 1;
      const pair = Math.floor(random() * count * others);
      const one = Math.floor(pair / others);
      const other = pair - one * others;
      const first = untriedPlace(peers, tried, one);
      const second = untriedPlace(peers, tried, other < one ? other : other + 1);
      const a = peers[first] as BalancedPeer;
      const b = peers[second] as BalancedPeer;
      // Multiplied by the other's weight instead of divided by its own.
      const loadA = ewma.latencyAt(peers, first, now) * (a.active + 1) * b.weight;
      const loadB = ewma.latencyAt(peers, second, now) * (b.active + 1) * a.weight;
      const firstWins = loadA === loadB ? a.active <= b.active : loadA < loadB;
      return choose(firstWins ? a : b, peers, now);
    },
    reportResult: (peer, success, latency) => ewma.add(peer, success, latency, clock.now()),
  };
}

/** Chooses the nodes in turn. */
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

/** Chooses a node at random. */
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

/** Chooses the node with the fewest calls in flight for its weight; equal ones in turn. */
export class LeastConnectionsLB implements LoadBalancer {
  #turn = 0;

  selectPeer(peers: readonly BalancedPeer[], context: BalancingContext): BalancedPeer {
    // Starts at another node each time, so that equal nodes take turns.
    this.#turn = (this.#turn + 1) % peers.length;
    return lowest(peers, triedOf(peers, context), ({ active, weight }) => active / weight, this.#turn);
  }

  reportResult(): void {}
}

/** Chooses a node at random, in proportion to its weight. */
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

/** Returns the peer at a share, from 0 to 1, of the total weight of the peers that were not tried. */
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
 * Sends calls with the same key to the same node, as long as it is available; when nodes are added or removed, only their keys move.
 * Calls without a key are balanced by `p2c`.
 */
export function consistentHash(options?: BalancerOptions): LoadBalancer {
  const anywhere = p2c(readOptions('consistentHash', options));
  // A ring for each list: members that only some nodes have are called at fewer nodes.
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

/** Chooses the node with the lowest latency, however busy it is; nodes without measurements come first. */
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
 * Returns the balancer of an option: a built-in one for a name, a given one unchanged.
 *
 * @throws RangeError for an unknown name
 * @throws TypeError for a value that is not a balancer
 */
export function balancerOf(given: BalancerName | LoadBalancer, options: BalancerOptions = {}): LoadBalancer {
  checkBalancer(given);
  return typeof given === 'string' ? byName[given](options) : given;
}
