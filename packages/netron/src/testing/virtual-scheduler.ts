import { defer } from '#platform';
import { Fifo } from '../util/fifo.js';
import { nextTurn } from '../util/next-turn.js';
import type { Scheduler } from '../util/scheduler.js';

/**
 * A scheduler whose turns come only on request of the test, one action each: pass it to `Netron.create({ scheduler })`, and to the
 * `VirtualClock` of the same nodes, which then lets turns pass together with time. Garbage collection does not release references and
 * streams: dispose of them.
 */
export class VirtualScheduler implements Scheduler {
  readonly collects = false;
  readonly turnEnd: (action: () => void) => void = defer;
  readonly #due = new Fifo<() => void>();

  nextTurn(action: () => void): void {
    this.#due.push(action);
  }

  /** Number of actions that wait for a turn. */
  get size(): number {
    return this.#due.size;
  }

  /** Runs the oldest waiting action; returns whether there was one. Call `settled` before the next. */
  step(): boolean {
    const action = this.#due.shift();
    action?.();
    return action !== undefined;
  }

  /** Resolves when all started work has completed or waits for a turn, including reactions to promises. */
  settled(): Promise<void> {
    return new Promise((resolve) => nextTurn(resolve));
  }

  /** Runs all waiting actions, and those that they cause, until none is left. */
  async idle(): Promise<void> {
    do await this.settled();
    while (this.step());
  }
}
