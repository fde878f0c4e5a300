import type { CallLimiter, RateLimitResult } from '../security/providers.js';

/** Number of parts of a window: with more parts, callers get more of the limit, at the cost of memory. */
const parts = 48;

type Counts = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** Creates counts of the smallest type that can hold a limit. */
function makeCounts(limit: number, length: number): Counts {
  if (limit < 2 ** 8) return new Uint8Array(length);
  if (limit < 2 ** 16) return new Uint16Array(length);
  return limit < 2 ** 32 ? new Uint32Array(length) : new Float64Array(length);
}

/** Settings of a limiter. */
export interface SlidingWindowOptions {
  /** Calls within a window. */
  readonly limit: number;
  /** Milliseconds. */
  readonly window: number;
  /** Largest number of keys with a count of their own; all others share one count. Default 300,000. */
  readonly maxKeys?: number;
  /** Returns milliseconds on a monotonic clock. */
  readonly now?: () => number;
}

/**
 * Counts calls by key so that no window, wherever it begins, has more calls than the limit. A window is counted in 48 parts;
 * a call expires when the part into which it fell has left the window completely. Refused calls cost nothing; fractions of a
 * call count as a whole call. A key takes at most 200 bytes, for limits below 65,536.
 */
export class SlidingWindow implements CallLimiter {
  readonly #limit: number;
  readonly #part: number;
  readonly #maxKeys: number;
  readonly #now: () => number;
  /** Position of each key in the counts; the least recently used first. */
  readonly #slots = new Map<string, number>();
  readonly #free: number[] = [];
  #counts: Counts;
  /** Calls within the window, by slot: the sum of its counts. */
  #sums: Counts;
  /** Number of the last counted part, by slot. */
  #last = new Float64Array(16);
  #used = 0;
  /** Last key, its part and its slot: the same key is usually next. */
  #key: string | undefined;
  #at = -1;
  #slot = 0;
  /** Last part in which no expired key was left. */
  #tidy = -1;

  constructor({ limit, window, maxKeys = 300_000, now = () => performance.now() }: SlidingWindowOptions) {
    if (!(limit > 0) || !(window > 0)) throw new RangeError('limit and window must be positive numbers');
    this.#limit = limit;
    this.#part = window / parts;
    this.#maxKeys = maxKeys;
    this.#now = now;
    this.#counts = makeCounts(limit, (parts + 1) * 16);
    this.#sums = makeCounts(limit, 16);
  }

  /** Number of keys with a count. */
  get size(): number {
    return this.#slots.size;
  }

  /** Counts a call, if it is within the limit. */
  checkLimit(key: string, cost = 1): RateLimitResult {
    const wait = this.take(key, cost);
    const slot = this.#slotAt(key, this.#at);
    const remaining = Math.max(0, this.#limit - this.#sums[slot]!);
    return { allowed: wait === 0, remaining, reset: Date.now() + Math.ceil(wait || (parts + 1) * this.#part) };
  }

  /** Counts a call if it is within the limit. Returns 0, or the milliseconds until the next attempt. */
  take(key: string, cost: number): number {
    const now = this.#now();
    const part = Math.floor(now / this.#part);
    const slot = this.#slotAt(key, part);
    const whole = Math.ceil(cost);
    const sum = this.#sums[slot]! + whole;
    if (sum > this.#limit) return this.#wait(slot, part, sum - this.#limit) - (now % this.#part);
    this.#counts[slot * (parts + 1) + (part % (parts + 1))]! += whole;
    this.#sums[slot] = sum;
    return 0;
  }

  /** Like `take`, but counts nothing. */
  peek(key: string, cost: number): number {
    const now = this.#now();
    const part = Math.floor(now / this.#part);
    const slot = this.#slotAt(key, part);
    const sum = this.#sums[slot]! + Math.ceil(cost);
    return sum > this.#limit ? this.#wait(slot, part, sum - this.#limit) - (now % this.#part) : 0;
  }

  /** Returns the slot of a key, with its counts up to date for a part. */
  #slotAt(key: string, part: number): number {
    if (part !== this.#tidy) this.#forget(part);
    if (part === this.#at && key === this.#key) return this.#slot;
    const known = this.#slots.size < this.#maxKeys || this.#slots.has(key);
    this.#slot = this.#slotOf(known ? key : '', part);
    this.#key = key;
    this.#at = part;
    return this.#slot;
  }

  /** Returns the milliseconds from the beginning of the current part until `surplus` calls have left the window. */
  #wait(slot: number, part: number, surplus: number): number {
    const from = slot * (parts + 1);
    let gone = 0;
    for (let back = parts; back >= 0; back--) {
      gone += this.#counts[from + ((part - back + (parts + 1) * 2) % (parts + 1))]!;
      if (gone >= surplus) return (parts + 1 - back) * this.#part;
    }
    return (parts + 1) * this.#part;
  }

  #slotOf(key: string, part: number): number {
    let slot = this.#slots.get(key);
    if (slot === undefined) {
      slot = this.#free.pop() ?? this.#used++;
      if (slot >= this.#last.length) this.#grow();
      this.#last[slot] = part - parts - 1;
      this.#slots.set(key, slot);
    } else if (this.#last[slot] !== part) {
      this.#slots.delete(key);
      this.#slots.set(key, slot);
    }
    if (this.#last[slot] !== part) this.#clear(slot, part);
    return slot;
  }

  /** Clears the parts that have left the window since the key was last seen. */
  #clear(slot: number, part: number): void {
    const last = this.#last[slot]!;
    const from = slot * (parts + 1);
    if (part - last > parts) {
      this.#counts.fill(0, from, from + parts + 1);
      this.#sums[slot] = 0;
    } else {
      for (let at = last + 1; at <= part; at++) {
        const place = from + (at % (parts + 1));
        this.#sums[slot]! -= this.#counts[place]!;
        this.#counts[place] = 0;
      }
    }
    this.#last[slot] = part;
  }

  /** Removes at most two keys that have not been seen for a window: as many as can be added between two calls. */
  #forget(part: number): void {
    let looked = 0;
    for (const [key, slot] of this.#slots) {
      if (part - this.#last[slot]! <= parts) break;
      if (looked++ === 2) return;
      this.#slots.delete(key);
      this.#free.push(slot);
    }
    this.#tidy = part;
  }

  #grow(): void {
    const slots = Math.ceil(this.#last.length * 1.25);
    const counts = makeCounts(this.#limit, slots * (parts + 1));
    counts.set(this.#counts);
    const last = new Float64Array(slots);
    last.set(this.#last);
    const sums = makeCounts(this.#limit, slots);
    sums.set(this.#sums);
    this.#counts = counts;
    this.#last = last;
    this.#sums = sums;
  }
}

/** A rate limiter for your own code: `new RateLimiter(100, 60_000).check(id)`. */
export class RateLimiter {
  readonly #window: SlidingWindow;

  /**
   * @param maxRequests calls per window. Default 100
   * @param windowMs milliseconds. Default 60,000
   */
  constructor(maxRequests = 100, windowMs = 60_000, options: Pick<SlidingWindowOptions, 'maxKeys' | 'now'> = {}) {
    this.#window = new SlidingWindow({ limit: maxRequests, window: windowMs, ...options });
  }

  /** Counts a call of a client; returns `false` if it exceeds the limit. */
  check(clientId: string): boolean {
    return this.#window.take(clientId, 1) === 0;
  }
}
