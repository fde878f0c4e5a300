/** Times of the attempts to connect: later after each failure, and no sooner than the other end has asked for. */
import { backoff } from '../util/backoff.js';
import type { Clock } from '../util/clock.js';

/** A connection that held for this long, in milliseconds, makes the next loss count as a first one. */
const goodLife = 10_000;

/** Milliseconds that another end may put this one off at most. Timers cannot count further than 24 days, and begin at 1 then. */
const longestHoldOff = 3_600_000;

/** Delays grow no further than to those of this attempt while the connection before is still there. */
const mostWhileLeaving = 2;

/** Members of the node that its pace uses. */
export interface PacedNode {
  readonly clock: Clock;
  readonly random: () => number;
}

export class DialPace {
  readonly #node: PacedNode;
  readonly #base: number;
  #attempt = 0;
  #connectedAt = 0;
  #holdOff = 0;

  /** @param base upper bound of the first delay, in milliseconds */
  constructor(node: PacedNode, base: number) {
    this.#node = node;
    this.#base = base;
  }

  /** Attempts since the last connection that held. */
  get attempt(): number {
    return this.#attempt;
  }

  /** There is a connection. */
  connected(): void {
    this.#connectedAt = this.#node.clock.now();
  }

  /** The connection is gone, or leaves. @returns whether another may be made at once: it held, and nobody asked to wait */
  ended(): boolean {
    const held = this.#node.clock.now() - this.#connectedAt >= goodLife;
    if (held) this.#attempt = 0;
    return held && this.#holdOff === 0;
  }

  /** The other end asks not to come back before `ms` milliseconds. */
  holdOff(ms: number): void {
    this.#holdOff = Math.min(ms, longestHoldOff);
  }

  /**
   * Returns the milliseconds until the next attempt.
   *
   * @param leaving whether the connection before is still there: its end may be back soon, and calls wait for it
   */
  next(leaving: boolean): number {
    const { random } = this.#node;
    if (leaving) this.#attempt = Math.min(this.#attempt, mostWhileLeaving);
    const own = backoff(this.#attempt, { base: this.#base, random });
    // Many may have been told the same: they come back spread out as well.
    const asked = this.#holdOff === 0 ? 0 : this.#holdOff + backoff(0, { base: this.#base, random });
    this.#attempt += 1;
    this.#holdOff = 0;
    return Math.max(own, asked);
  }
}
