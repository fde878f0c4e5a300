/** Slots for requests in flight, and the order of the calls that wait for one. */
import { onAbort } from '@omnitron-dev/netron/http/client';
import { canceled } from './flight.js';

/** Priority of a waiting call. */
export type Priority = 'high' | 'normal' | 'low';

export class Slots {
  #free: number;
  readonly #waiting: Record<Priority, Set<() => void>> = { high: new Set(), normal: new Set(), low: new Set() };

  constructor(count: number) {
    this.#free = count;
  }

  /** Waits for a slot. The caller must return it with `release`. */
  acquire(priority: Priority, signal: AbortSignal | undefined): Promise<void> | undefined {
    if (this.#free > 0) {
      this.#free -= 1;
      return undefined;
    }
    const queue = this.#waiting[priority];
    return new Promise((resolve, reject) => {
      let leave = () => {};
      const go = () => {
        leave();
        resolve();
      };
      queue.add(go);
      if (signal === undefined) return;
      leave = onAbort(signal, (reason) => {
        if (queue.delete(go)) reject(canceled(reason));
      });
    });
  }

  release(): void {
    for (const queue of [this.#waiting.high, this.#waiting.normal, this.#waiting.low]) {
      for (const go of queue) {
        queue.delete(go);
        go();
        return;
      }
    }
    this.#free += 1;
  }
}
