/** Decides whether and when a resumable stream that has failed, or could not be opened, is opened again. */
import { NetronError } from '../errors/netron-error.js';
import { backoff } from '../util/backoff.js';

/** Maximum number of consecutive attempts to open a stream without an item between them. */
const maxFailures = 8;
/** Delays in milliseconds between such attempts. */
const delays = { base: 50, max: 2_000 };

export class Reopening {
  readonly #random: () => number;
  readonly #service: { readonly closed: boolean };
  #inVain = 0;

  /** @param service no stream is opened any more once it is closed */
  constructor(random: () => number, service: { readonly closed: boolean }) {
    this.#random = random;
    this.#service = service;
  }

  /** Number of attempts since the last item. */
  get inVain(): number {
    return this.#inVain;
  }

  /** Call when an item has arrived. */
  succeeded(): void {
    this.#inVain = 0;
  }

  /** Returns the milliseconds until the stream is opened again after `failure`, and counts the attempt; `undefined`: it is not. */
  next(failure: unknown): number | undefined {
    if (this.#inVain >= maxFailures || this.#service.closed || !mayPass(failure)) return undefined;
    this.#inVain += 1;
    return this.#inVain === 1 ? 0 : backoff(this.#inVain - 2, { ...delays, random: this.#random });
  }
}

/** Whether another node, or the same one later, may succeed. */
function mayPass(error: unknown): boolean {
  return NetronError.is(error, 'unavailable') || NetronError.is(error, 'unknown_outcome');
}
