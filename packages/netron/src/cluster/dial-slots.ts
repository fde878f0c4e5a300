import { Fifo } from '../util/fifo.js';

/** Connections that a node makes at a time, for all services together. */
const mostDials = 16;

/** Bounds how many connections are made at a time; the others wait in order. */
export class DialSlots {
  readonly #waiting = new Fifo<() => void>();
  #taken = 0;

  /** @throws what `dial` throws; the signal's reason when it was aborted before its turn */
  async run<T>(dial: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.#taken >= mostDials) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#taken += 1;
    try {
      signal.throwIfAborted();
      return await dial();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#taken -= 1;
      else next();
    }
  }
}
