/** Fairness among connections: each starts a bounded number of requests per turn of the event loop. */
import { Fifo } from '../util/fifo.js';
import { nextTurn } from '../util/next-turn.js';

/** Most requests of one connection that start in one turn. */
const perTurn = 32;

/** Source of the requests of a connection. */
export interface QueueSource<T> {
  /** Starts one request. */
  start(request: T): void;
  /** Stops reading: requests are waiting. */
  pause(): void;
  /** Reads again: no request is waiting any more. */
  resume(): void;
}

/**
 * Starts the requests of one connection in order, at most 32 in one turn of the event loop. Otherwise the requests of a single read, which
 * may be more than 1,000 small ones, would block the other connections.
 */
export class FairQueue<T> {
  readonly #source: QueueSource<T>;
  readonly #waiting = new Fifo<T>();
  #begun = 0;
  #scheduled = false;
  readonly #turn = (): void => {
    this.#scheduled = false;
    this.#begun = 0;
    if (this.#waiting.size === 0) return;
    try {
      while (this.#waiting.size > 0 && this.#begun < perTurn) this.#begin(this.#waiting.shift()!);
    } finally {
      if (this.#waiting.size > 0) this.#schedule();
      else this.#source.resume();
    }
  };

  constructor(source: QueueSource<T>) {
    this.#source = source;
  }

  /** Number of requests that wait for a later turn. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Starts a request in this turn or in a later one. */
  begin(request: T): void {
    if (this.#waiting.size > 0) return this.#waiting.push(request);
    if (this.#begun < perTurn) return this.#begin(request);
    this.#waiting.push(request);
    this.#source.pause();
  }

  /** Discards the waiting requests: the connection has closed. */
  clear(): void {
    this.#waiting.clear();
  }

  #begin(request: T): void {
    this.#begun += 1;
    // Not for every request: most connections start only one in a turn.
    if (this.#begun >= perTurn / 2) this.#schedule();
    this.#source.start(request);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    nextTurn(this.#turn);
  }
}
