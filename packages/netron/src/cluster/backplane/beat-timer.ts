/** Times of the beats of a node on a backplane: less often where there are many nodes, each at a time of its own. */
import type { Clock } from '../../util/clock.js';

/** Milliseconds between two beats of a node; longer where there are many nodes, so that each hears about twenty in a second. */
const beatEvery = 5_000;
/** Milliseconds until the first beat after the broker was reached. */
const soon = 1_000;
/** Nodes from which beats come less often. */
const manyNodes = 100;
/** Intervals that a beat counts. */
const leased = 3.5;

export class BeatTimer {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #nodes: () => number;
  readonly #beat: () => void;
  #timer: unknown;
  #ended = false;

  /** @param nodes how many others there are */
  constructor(clock: Clock, random: () => number, nodes: () => number, beat: () => void) {
    this.#clock = clock;
    this.#random = random;
    this.#nodes = nodes;
    this.#beat = beat;
  }

  /** Milliseconds for which a beat counts. */
  get lease(): number {
    return this.#period * leased;
  }

  /** The broker was reached: others may be about to reach it, too. */
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
