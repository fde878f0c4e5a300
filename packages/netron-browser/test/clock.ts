import type { Clock } from '@omnitron-dev/netron/http/client';
// Retries wait by the clock: their code is there before it is advanced.
import '../src/retry/retries.js';

/** Time that advances only when the test says so. */
export class TestClock implements Clock {
  #now = 1_000;
  #next = 1;
  readonly #timers = new Map<number, { at: number; action: () => void }>();

  now(): number {
    return this.#now;
  }

  wall(): number {
    return Date.UTC(2026, 0, 1) + this.#now;
  }

  setTimeout(action: () => void, ms: number): unknown {
    const id = this.#next++;
    this.#timers.set(id, { at: this.#now + ms, action });
    return id;
  }

  clearTimeout(handle: unknown): void {
    this.#timers.delete(handle as number);
  }

  get pending(): number {
    return this.#timers.size;
  }

  /** Advances the time; due timers run in order, and the work that they start gets its turn. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await turns();
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (due === undefined) break;
      const [id, { at, action }] = due;
      this.#timers.delete(id);
      this.#now = Math.max(this.#now, at);
      action();
      await turns();
    }
    this.#now = end;
    await turns();
  }
}

/** Lets everything run that only waits for its turn. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 60; turn++) await Promise.resolve();
}
