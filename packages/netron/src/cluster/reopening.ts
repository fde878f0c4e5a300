/** Decides whether a resumable stream that has failed, or could not be opened, is opened again, and when. */
import { NetronError } from '../errors/netron-error.js';
import { backoff } from '../util/backoff.js';

/** Streams that are opened again one after the other without an item between them, at most. */
const mostInVain = 8;
/** Delays between streams opened in vain. */
const delays = { base: 50, max: 2_000 };

export class Reopening {
  readonly #random: () => number;
  readonly #service: { readonly closed: boolean };
  #inVain = 0;

  /** @param service when it is closed, nothing is opened any more */
  constructor(random: () => number, service: { readonly closed: boolean }) {
    this.#random = random;
    this.#service = service;
  }

  /** Streams opened again since the last item. */
  get inVain(): number {
    return this.#inVain;
  }

  /** An item has come. */
  succeeded(): void {
    this.#inVain = 0;
  }

  /** Returns the milliseconds until the stream is opened again after `failure`, which then counts; `undefined`: it is not. */
  next(failure: unknown): number | undefined {
    if (this.#inVain >= mostInVain || this.#service.closed || !mayPass(failure)) return undefined;
    this.#inVain += 1;
    return this.#inVain === 1 ? 0 : backoff(this.#inVain - 2, { ...delays, random: this.#random });
  }
}

/** Whether another node, or the same one later, may do better. */
function mayPass(error: unknown): boolean {
  return NetronError.is(error, 'unavailable') || NetronError.is(error, 'unknown_outcome');
}
