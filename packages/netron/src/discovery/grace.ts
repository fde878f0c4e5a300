import type { BackendHost } from './backend.js';

/** Number of intervals after which all nodes have announced themselves again in a store that has lost its data. */
const intervals = 2.2;

/**
 * Grace period after a store has lost its data (was emptied, restarted, or replaced by an outdated copy) or could not be reached. Its
 * list is incomplete until all nodes have announced themselves again, so no node is removed meanwhile.
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

  /** Call when the store has just lost its data, or can be reached again. */
  begin(): void {
    this.#until = this.#host.clock.now() + intervals * this.#host.interval;
    this.#began = true;
  }

  /** Returns `true` once after each period: the whole list is valid now. */
  ended(): boolean {
    if (!this.#began || this.active) return false;
    this.#began = false;
    return true;
  }
}
