import { Fifo } from '../util/fifo.js';

/** Maximum number of connections that a node makes at a time, for all services together. */
const maxDials = 16;

/** Limits the number of connections that are made at a time; the others wait in order. */
export class DialSlots {
  readonly #waiting = new Fifo<() => void>();
  #taken = 0;

  /** @throws the error of `dial`; the signal's reason when it was aborted while waiting */
  async run<T>(dial: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.#taken >= maxDials) await new Promise<void>((resolve) => this.#waiting.push(resolve));
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
