import { defer } from '#platform';
import { Fifo } from '../util/fifo.js';
import { nextTurn } from '../util/next-turn.js';
import type { Scheduler } from '../util/scheduler.js';

/**
 * Turns that come only when the test says so, one action each: give it to `Netron.create({ scheduler })`, and to the
 * `VirtualClock` of the same nodes, which then lets turns pass while it lets time pass. References and streams are not given
 * back when memory is collected: dispose of them.
 */
export class VirtualScheduler implements Scheduler {
  readonly collects = false;
  readonly turnEnd: (action: () => void) => void = defer;
  readonly #due = new Fifo<() => void>();

  nextTurn(action: () => void): void {
    this.#due.push(action);
  }

  /** Actions that wait for a turn. */
  get size(): number {
    return this.#due.size;
  }

  /** Runs the action that waits longest; returns whether there was one. Follow with `settled` before the next. */
  step(): boolean {
    const action = this.#due.shift();
    action?.();
    return action !== undefined;
  }

  /** Resolves when what was begun has come to its end or waits for a turn: promises have told those who wait for them. */
  settled(): Promise<void> {
    return new Promise((resolve) => nextTurn(resolve));
  }

  /** Runs what is due, and what comes of it, until nothing is left. */
  async idle(): Promise<void> {
    do await this.settled();
    while (this.step());
  }
}
