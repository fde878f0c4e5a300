/** Times of the attempts to connect: later after each failure, and no sooner than the other end has asked for. */
import { backoff } from '../util/backoff.js';
import type { Clock } from '../util/clock.js';

/** A connection that held for this long, in milliseconds, makes the next loss count as a first one. */
const goodLife = 10_000;

/** Milliseconds that another end may put this one off at most. Timers cannot count further than 24 days, and begin at 1 then. */
const longestHoldOff = 3_600_000;

/** Milliseconds that a delay grows to, unless something waits for the connection. */
const longest = 30_000;

/** Delays grow no further than to this many times the first while the connection before is still there. */
const growthWhileLeaving = 4;

/** Attempts that a session gets within its window at least, as far as delays go: mostly twice as many. */
const attemptsOfSession = 4;

/** Calls that wait for the next connection, and so how late it may be. */
export type Awaited =
  /** None but those that can wait. */
  | 'nothing'
  /** The connection before is still there: its end may be back soon. */
  | 'leaving'
  /** A session ends when it is not there within `window` milliseconds. */
  | { readonly window: number };

/** Members of the node that its pace uses. */
export interface PacedNode {
  readonly clock: Clock;
  readonly random: () => number;
}

export class DialPace {
  readonly #node: PacedNode;
  readonly #base: number;
  #attempt = 0;
  /** Doublings of the first delay. */
  #growth = 0;
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
    if (held) this.#attempt = this.#growth = 0;
    return held && this.#holdOff === 0;
  }

  /** The other end asks not to come back before `ms` milliseconds. */
  holdOff(ms: number): void {
    this.#holdOff = Math.min(ms, longestHoldOff);
  }

  /** Returns the milliseconds until the next attempt. */
  next(awaited: Awaited = 'nothing'): number {
    const { random } = this.#node;
    const most = this.#longest(awaited);
    const own = backoff(this.#growth, { base: this.#base, max: most, random });
    // Many may have been told the same: they come back spread out as well.
    const asked = this.#holdOff === 0 ? 0 : this.#holdOff + backoff(0, { base: this.#base, random });
    this.#attempt += 1;
    if (this.#base * 2 ** this.#growth < most) this.#growth += 1;
    this.#holdOff = 0;
    return Math.max(own, asked);
  }

  #longest(awaited: Awaited): number {
    if (awaited === 'nothing') return longest;
    return Math.min(longest, awaited === 'leaving' ? this.#base * growthWhileLeaving : awaited.window / attemptsOfSession);
  }
}
