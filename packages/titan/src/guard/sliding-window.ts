import type { CallLimiter, RateLimitResult } from '../security/providers.js';

/** Parts that a window is counted in: more give callers more of the limit, and take more memory. */
const parts = 48;

/** Settings of a limiter. */
export interface SlidingWindowOptions {
  /** Calls within a window. */
  readonly limit: number;
  /** Milliseconds. */
  readonly window: number;
  /** Keys that are counted apart; callers beyond them share one count. Default 300,000. */
  readonly maxKeys?: number;
  /** Returns milliseconds on a clock that never goes back. */
  readonly now?: () => number;
}

/**
 * Counts calls by key so that no window of time, wherever it begins, has more of them than the limit. A window is counted in 48 parts; a call is forgotten when the
 * part it fell into has left the window as a whole. Refused calls cost nothing. State takes 4 bytes a part and key.
 */
export class SlidingWindow implements CallLimiter {
  readonly #limit: number;
  readonly #part: number;
  readonly #maxKeys: number;
  readonly #now: () => number;
  /** The place of each key in the counts; the longest unused first. */
  readonly #slots = new Map<string, number>();
  readonly #free: number[] = [];
  #counts = new Uint32Array((parts + 1) * 16);
  /** Number of the last part that was counted, by slot. */
  #last = new Float64Array(16);
  #used = 0;

  constructor({ limit, window, maxKeys = 300_000, now = () => performance.now() }: SlidingWindowOptions) {
    if (!(limit > 0) || !(window > 0)) throw new RangeError('limit and window are numbers above 0');
    this.#limit = limit;
    this.#part = window / parts;
    this.#maxKeys = maxKeys;
    this.#now = now;
  }

  /** Keys that are counted now. */
  get size(): number {
    return this.#slots.size;
  }

  /** Counts a call, if it is within the limit. */
  checkLimit(key: string, cost = 1): RateLimitResult {
    return this.#check(key, cost, true);
  }

  /** Says whether a call is within the limit, and counts nothing. */
  peek(key: string, cost = 1): RateLimitResult {
    return this.#check(key, cost, false);
  }

  #check(given: string, cost: number, take: boolean): RateLimitResult {
    const now = this.#now();
    const part = Math.floor(now / this.#part);
    this.#forget(part);
    const key = this.#slots.size >= this.#maxKeys && !this.#slots.has(given) ? '' : given;
    const slot = this.#slotOf(key, part);
    this.#clear(slot, part);
    const from = slot * (parts + 1);
    let sum = 0;
    for (let at = from; at <= from + parts; at++) sum += this.#counts[at]!;
    const allowed = sum + cost <= this.#limit;
    if (allowed && take) this.#counts[from + (part % (parts + 1))]! += cost;
    const remaining = Math.max(0, this.#limit - sum - (allowed && take ? cost : 0));
    const wait = allowed ? (parts + 1) * this.#part : this.#wait(from, part, sum + cost - this.#limit) - (now % this.#part);
    return { allowed, remaining, reset: Date.now() + Math.ceil(wait) };
  }

  /** Milliseconds from the beginning of the present part until `surplus` calls have left the window. */
  #wait(from: number, part: number, surplus: number): number {
    let gone = 0;
    for (let back = parts; back >= 0; back--) {
      gone += this.#counts[from + ((part - back + (parts + 1) * 2) % (parts + 1))]!;
      if (gone >= surplus) return (parts + 1 - back) * this.#part;
    }
    return (parts + 1) * this.#part;
  }

  /** Sets the parts to zero that have left the window since the key was last seen. */
  #clear(slot: number, part: number): void {
    const last = this.#last[slot]!;
    const from = slot * (parts + 1);
    if (part - last > parts) this.#counts.fill(0, from, from + parts + 1);
    else for (let at = last + 1; at <= part; at++) this.#counts[from + (at % (parts + 1))] = 0;
    this.#last[slot] = part;
  }

  #slotOf(key: string, part: number): number {
    let slot = this.#slots.get(key);
    if (slot === undefined) {
      slot = this.#free.pop() ?? this.#used++;
      if (slot >= this.#last.length) this.#grow();
      this.#last[slot] = part - parts - 1;
    } else this.#slots.delete(key);
    this.#slots.set(key, slot);
    return slot;
  }

  /** Forgets two keys at most that have not been seen for a window: as many as can be added between two calls. */
  #forget(part: number): void {
    let looked = 0;
    for (const [key, slot] of this.#slots) {
      if (part - this.#last[slot]! <= parts || looked++ === 2) return;
      this.#slots.delete(key);
      this.#free.push(slot);
    }
  }

  #grow(): void {
    const counts = new Uint32Array(this.#counts.length * 2);
    counts.set(this.#counts);
    const last = new Float64Array(this.#last.length * 2);
    last.set(this.#last);
    this.#counts = counts;
    this.#last = last;
  }
}

/** A limiter by itself: `new RateLimiter(100, 60_000).check(id)`. */
export class RateLimiter {
  readonly #window: SlidingWindow;

  /**
   * @param maxRequests calls within a window. Default 100
   * @param windowMs milliseconds. Default 60,000
   */
  constructor(maxRequests = 100, windowMs = 60_000, options: Pick<SlidingWindowOptions, 'maxKeys' | 'now'> = {}) {
    this.#window = new SlidingWindow({ limit: maxRequests, window: windowMs, ...options });
  }

  /** Counts a call of a client; `false` when it is beyond the limit. */
  check(clientId: string): boolean {
    return this.#window.checkLimit(clientId).allowed;
  }
}
