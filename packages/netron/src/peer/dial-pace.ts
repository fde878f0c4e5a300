/** Delays between attempts to connect: they grow with each failure and respect the time that the other end has asked for. */
import { backoff } from '../util/backoff.js';
import type { Clock } from '../util/clock.js';

/** Milliseconds after which a connection counts as good, so that its loss starts again with the first delay. */
const goodLife = 10_000;

/** Longest time for which the other end may delay a reconnect, in milliseconds. Timers overflow at 24 days and then fire at once. */
const longestHoldOff = 3_600_000;

/** Longest delay, in milliseconds, unless something waits for the connection. */
const longest = 30_000;

/** Factor up to which delays grow while the previous connection is still open. */
const growthWhileLeaving = 4;

/** Fewest attempts that delays allow within the window of a session; usually twice as many. */
const attemptsOfSession = 4;

/** Work that waits for the next connection, which limits the delay. */
export type Awaited =
  /** Only calls that can wait. */
  | 'nothing'
  /** The previous connection is still open: its end may return soon. */
  | 'leaving'
  /** A session that ends when there is no connection within `window` milliseconds. */
  | { readonly window: number };

/** The members of the node that its pace uses. */
export interface PacedNode {
  readonly clock: Clock;
  readonly random: () => number;
}

export class DialPace {
  readonly #node: PacedNode;
  readonly #base: number;
  #attempt = 0;
  /** Number of times that the first delay has doubled. */
  #growth = 0;
  #connectedAt = 0;
  #holdOff = 0;

  /** @param base upper bound of the first delay, in milliseconds */
  constructor(node: PacedNode, base: number) {
    this.#node = node;
    this.#base = base;
  }

  /** Number of attempts since the last good connection. */
  get attempt(): number {
    return this.#attempt;
  }

  /** Notes a new connection. */
  connected(): void {
    this.#connectedAt = this.#node.clock.now();
  }

  /**
   * Notes that the connection has ended or is draining. @returns whether to reconnect at once: it was good, and the other end asked for no
   * delay
   */
  ended(): boolean {
    const held = this.#node.clock.now() - this.#connectedAt >= goodLife;
    if (held) this.#attempt = this.#growth = 0;
    return held && this.#holdOff === 0;
  }

  /** Delays the next attempt by at least `ms` milliseconds, as the other end has asked. */
  holdOff(ms: number): void {
    this.#holdOff = Math.min(ms, longestHoldOff);
  }

  /** Returns the milliseconds until the next attempt. */
  next(awaited: Awaited = 'nothing'): number {
    const { random } = this.#node;
    const most = this.#longest(awaited);
    const own = backoff(this.#growth, { base: this.#base, max: most, random });
    // Many clients may have got the same delay: randomize it so that they do not return together.
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
