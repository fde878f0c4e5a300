/** Fairness among connections: receives what each has to do, begins a bounded share of it in one turn of the event loop. */
import { Fifo } from '../util/fifo.js';
import { nextTurn } from '../util/next-turn.js';

/** Requests of one connection that are begun in one turn. */
const perTurn = 32;

/** Source of the requests of a connection. */
export interface TurnSource {
  /** Stop reading: some wait. */
  pause(): void;
  /** Read again: none waits any more. */
  resume(): void;
}

/**
 * Begins the requests of one connection in order, and at most 32 in one turn of the event loop. Otherwise what comes with one
 * read, more than 1,000 small ones, would keep the other connections waiting.
 */
export class Turns {
  readonly #source: TurnSource;
  readonly #waiting = new Fifo<() => void>();
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

  constructor(source: TurnSource) {
    this.#source = source;
  }

  /** How many wait for the next turn. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Calls `start` in this turn or in one of the next. */
  begin(start: () => void): void {
    if (this.#waiting.size > 0) return this.#waiting.push(start);
    if (this.#begun < perTurn) return this.#begin(start);
    this.#waiting.push(start);
    this.#source.pause();
  }

  /** Forgets those that wait: the connection is over. */
  clear(): void {
    this.#waiting.clear();
  }

  #begin(start: () => void): void {
    this.#begun += 1;
    // Not with each: most connections bring one in a turn.
    if (this.#begun >= perTurn / 2) this.#schedule();
    start();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    nextTurn(this.#turn);
  }
}
