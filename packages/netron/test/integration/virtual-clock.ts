import type { Clock } from '../../src/index.js';

interface Timer {
  readonly at: number;
  readonly action: () => void;
}

/** Time that passes only when the test says so. */
export class VirtualClock implements Clock {
  #now = 0;
  #next = 1;
  readonly #timers = new Map<number, Timer>();

  now(): number {
    return this.#now;
  }

  setTimeout(action: () => void, ms: number): unknown {
    const id = this.#next;
    this.#next += 1;
    this.#timers.set(id, { at: this.#now + ms, action });
    return id;
  }

  clearTimeout(handle: unknown): void {
    this.#timers.delete(handle as number);
  }

  /** Timers that wait. */
  get size(): number {
    return this.#timers.size;
  }

  /** When the next timer is due, in milliseconds from now. */
  get next(): number {
    return Math.min(...[...this.#timers.values()].map(({ at }) => at)) - this.#now;
  }

  /** `ms` pass while the process does nothing: timers come late. */
  sleep(ms: number): void {
    this.#now += ms;
  }

  /** Lets `ms` pass, timer by timer; what each has caused is done before the next. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
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

/** Lets messages between nodes of this process arrive. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 6; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
