import type { BalancedPeer } from './load-balancer.js';

/** Milliseconds in which what was measured loses two thirds of its say. */
const decay = 2_000;
/** Milliseconds in which it loses so little that nothing is computed. */
const fresh = decay / 100;
/** Milliseconds that a failure counts as, at least: a node that fails fast must not look quick. */
const failure = 1_000;
/** Cost of a node that has calls under way and has never answered. */
const unknown = 1_000_000;
/** Milliseconds below which busy nodes are equally quick: less is what a turn of an event loop takes. */
const turn = 1;

interface Measured {
  cost: number;
  at: number;
}

/**
 * Time that each node takes to answer, its peaks at once and its recoveries slowly (peak EWMA, after Finagle). A node that owes an
 * answer for longer than that counts by what it has taken so far, so that a frozen one is noticed without an answer.
 */
export class PeakEwma {
  readonly #measured = new WeakMap<BalancedPeer, Measured>();
  /** The list that was asked about last, and what was measured of its peers. */
  #list: readonly BalancedPeer[] | undefined;
  #inList: (Measured | undefined)[] = [];
  /** The peer that was measured last: answers come in rows. */
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

  /** Milliseconds that a call to `peer` is expected to take; 0 for one of which nothing is known. */
  latency(peer: BalancedPeer, now: number): number {
    return latencyOf(peer, this.#measured.get(peer), now, 0);
  }

  /** The same of one in a list, without looking for it each time; a turn of the event loop at least where something is known. */
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

/** Share of its say that a measurement has after `age` milliseconds: for short ones a parabola, which is exact to a millionth. */
function kept(age: number): number {
  const part = age / decay;
  return age < fresh ? 1 - part + (part * part) / 2 : Math.exp(-part);
}
