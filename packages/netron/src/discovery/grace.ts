import type { BackendHost } from './backend.js';

/** Intervals that nodes have to announce themselves again in a store that was emptied. */
const intervals = 2.2;

/**
 * Time after a store has lost what it knew (was emptied, restarted, or replaced by a copy that is behind) or could not be reached. Its
 * list is incomplete until all nodes have announced themselves again, so that nobody is taken out meanwhile.
 */
export class Grace {
  readonly #host: Pick<BackendHost, 'clock' | 'interval'>;
  #until = Number.NEGATIVE_INFINITY;
  #began = false;

  constructor(host: Pick<BackendHost, 'clock' | 'interval'>) {
    this.#host = host;
  }

  /** Whether the list is incomplete now. */
  get active(): boolean {
    return this.#host.clock.now() < this.#until;
  }

  /** The store has lost what it knew, just now, or is reached again. */
  begin(): void {
    this.#until = this.#host.clock.now() + intervals * this.#host.interval;
    this.#began = true;
  }

  /** Returns `true` once after each end: the whole list counts now. */
  ended(): boolean {
    if (!this.#began || this.active) return false;
    this.#began = false;
    return true;
  }
}
