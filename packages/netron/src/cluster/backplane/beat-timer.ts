/** Schedule of a node's beats on a backplane: less frequent with many nodes, and randomized. */
import type { Clock } from '../../util/clock.js';

/** Milliseconds between two beats of a node; longer with many nodes, so that each node receives about twenty per second. */
const beatEvery = 5_000;
/** Milliseconds until the first beat after the broker was reached. */
const soon = 1_000;
/** Number of nodes from which beats become less frequent. */
const manyNodes = 100;
/** Number of intervals for which a beat is valid. */
const leased = 3.5;

export class BeatTimer {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #nodes: () => number;
  readonly #beat: () => void;
  #timer: unknown;
  #ended = false;

  /** @param nodes returns the number of other nodes */
  constructor(clock: Clock, random: () => number, nodes: () => number, beat: () => void) {
    this.#clock = clock;
    this.#random = random;
    this.#nodes = nodes;
    this.#beat = beat;
  }

  /** Milliseconds for which a beat is valid. */
  get lease(): number {
    return this.#period * leased;
  }

  /** Called when the broker was reached: beats soon, because other nodes may be reaching it at the same time. */
  reached(): void {
    this.#after(soon);
  }

  end(): void {
    this.#ended = true;
    this.#clock.clearTimeout(this.#timer);
  }

  get #period(): number {
    return beatEvery * Math.max(1, this.#nodes() / manyNodes);
  }

  #after(ms: number): void {
    if (this.#ended) return;
    this.#clock.clearTimeout(this.#timer);
    const beat = (): void => {
      this.#after(this.#period);
      this.#beat();
    };
    this.#timer = this.#clock.setTimeout(beat, ms * (0.9 + 0.2 * this.#random()), true);
  }
}
