import type { BalancedPeer } from './load-balancer.js';

/** Milliseconds in which a measurement loses two thirds of its weight. */
const decay = 2_000;
/** Milliseconds in which it loses so little that an approximation is exact enough. */
const fresh = decay / 100;
/** Least latency, in milliseconds, that a failure counts as: a node that fails fast must not look fast. */
const failure = 1_000;
/** Latency of a node that has calls in flight and has never answered. */
const unknown = 1_000_000;
/** Milliseconds below which busy nodes count as equally fast: differences are shorter than a turn of an event loop. */
const turn = 1;

interface Measured {
  cost: number;
  at: number;
}

/**
 * Latency of each node, which rises at once and falls slowly (peak EWMA, after Finagle). When a node owes an answer for longer
 * than that, the time waited so far counts, so that a node that hangs is recognized without an answer.
 */
export class PeakEwma {
  readonly #measured = new WeakMap<BalancedPeer, Measured>();
  /** The list of the latest request, and the measurements of its peers. */
  #list: readonly BalancedPeer[] | undefined;
  #inList: (Measured | undefined)[] = [];
  /** The peer of the latest sample: answers of one peer often arrive in a row. */
  #last: BalancedPeer | undefined;
  #ofLast: Measured | undefined;

  add(peer: BalancedPeer, success: boolean, latency: number, now: number): void {
    const sample = success ? latency : Math.max(latency, failure);
    const measured = peer === this.#last ? this.#ofLast : this.#measured.get(peer);
    if (measured === undefined) {
      this.#measured.set(peer, { cost: sample, at: now });
      return;
    }
    this.#last = peer;
    this.#ofLast = measured;
    const cost = faded(measured, now);
    measured.cost = sample >= cost ? sample : sample + (cost - sample) * kept(now - measured.at);
    measured.at = now;
  }

  /** Returns the milliseconds that a call to `peer` is expected to take; 0 without any measurement. */
  latency(peer: BalancedPeer, now: number): number {
    return latencyOf(peer, this.#measured.get(peer), now, 0);
  }

  /** The same for a peer in a list, with cached lookups; with a measurement, at least a turn of the event loop. */
  latencyAt(peers: readonly BalancedPeer[], index: number, now: number): number {
    if (peers !== this.#list) {
      this.#list = peers;
      this.#inList = new Array<Measured | undefined>(peers.length).fill(undefined);
    }
    const peer = peers[index] as BalancedPeer;
    let measured = this.#inList[index];
    if (measured === undefined) {
      measured = this.#measured.get(peer);
      this.#inList[index] = measured;
    }
    return latencyOf(peer, measured, now, turn);
  }
}

function latencyOf(peer: BalancedPeer, measured: Measured | undefined, now: number, least: number): number {
  const owed = peer.active > 0 ? now - peer.quietSince : 0;
  if (measured === undefined) return peer.active > 0 ? Math.max(unknown, owed) : 0;
  return Math.max(faded(measured, now), owed, least);
}

function faded({ cost, at }: Measured, now: number): number {
  const age = now - at;
  return age < fresh ? cost : cost * kept(age);
}

/** Share of its weight that a measurement keeps after `age` milliseconds: for short ages a parabola, which is exact to a millionth. */
function kept(age: number): number {
  const part = age / decay;
  return age < fresh ? 1 - part + (part * part) / 2 : Math.exp(-part);
}
