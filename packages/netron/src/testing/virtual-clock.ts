import type { Clock } from '../util/clock.js';
import { Heap } from '../util/heap.js';
import { type Scheduler, systemScheduler } from '../util/scheduler.js';

interface Timer {
  readonly id: number;
  readonly at: number;
  /** `undefined` once the timer was cleared. */
  action: (() => void) | undefined;
}

/** Wall time at virtual time 0: 2026-01-01T00:00:00Z. */
const epoch = Date.UTC(2026, 0, 1);

/**
 * A clock whose time passes only on request of the test: pass it to `Netron.create({ clock })` and to policies. Timers that are due
 * at the same time run in the order in which they were set.
 */
export class VirtualClock implements Clock {
  #now: number;
  #wall: number;
  #nextId = 1;
  readonly #scheduler: Pick<Scheduler, 'idle'>;
  readonly #timers = new Map<number, Timer>();
  readonly #order = new Heap<Timer>((a, b) => a.at < b.at || (a.at === b.at && a.id < b.id));

  /**
   * @param start time that the clock shows at first, in milliseconds; default 0
   * @param scheduler scheduler of the nodes that use this clock; default: the platform's
   */
  constructor(start = 0, scheduler: Pick<Scheduler, 'idle'> = systemScheduler) {
    this.#now = start;
    this.#wall = epoch;
    this.#scheduler = scheduler;
  }

  now(): number {
    return this.#now;
  }

  /** Milliseconds since 1970: virtual time 0 is the start of 2026, unless `jump` has changed that. */
  wall(): number {
    return this.#wall + this.#now;
  }

  /** Moves the wall time forward by `ms` milliseconds, or back if that is negative. Timers are not affected. */
  jump(ms: number): void {
    this.#wall += ms;
  }

  setTimeout(action: () => void, ms: number): unknown {
    const timer: Timer = { id: this.#nextId, at: this.#now + Math.max(0, ms), action };
    this.#nextId += 1;
    this.#timers.set(timer.id, timer);
    this.#order.push(timer);
    return timer.id;
  }

  clearTimeout(handle: unknown): void {
    const timer = this.#timers.get(handle as number);
    if (timer === undefined) return;
    timer.action = undefined;
    this.#timers.delete(timer.id);
  }

  /** Number of pending timers. */
  get size(): number {
    return this.#timers.size;
  }

  /** Milliseconds until the next timer is due; `Infinity` when there is none. */
  get next(): number {
    return (this.#first()?.at ?? Infinity) - this.#now;
  }

  /** Lets `ms` pass without running timers, as if the process were blocked: timers run late. */
  sleep(ms: number): void {
    this.#now += ms;
  }

  /** Advances to the next timer and runs it; returns whether there was one. */
  step(): boolean {
    const timer = this.#first();
    if (timer === undefined) return false;
    this.#order.shift();
    this.#timers.delete(timer.id);
    this.#now = Math.max(this.#now, timer.at);
    timer.action?.();
    return true;
  }

  /** Lets `ms` pass, timer by timer; pending work is completed before the first, and the consequences of each before the next. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.#scheduler.idle();
    while (this.#now + this.next <= end) {
      this.step();
      await this.#scheduler.idle();
    }
    this.#now = Math.max(this.#now, end);
    await this.#scheduler.idle();
  }

  /** Lets time pass until `promise` settles, and returns its result. */
  async settle<T>(promise: PromiseLike<T>): Promise<T> {
    let over = false;
    const end = (): void => {
      over = true;
    };
    promise.then(end, end);
    await this.#scheduler.idle();
    while (!over) await this.advance(10);
    return promise;
  }

  #first(): Timer | undefined {
    while (this.#order.first !== undefined && this.#order.first.action === undefined) this.#order.shift();
    return this.#order.first;
  }
}
