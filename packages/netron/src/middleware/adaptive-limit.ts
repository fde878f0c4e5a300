import { systemClock } from '#platform';
import { NetronError } from '../errors/netron-error.js';
import { withOutcome } from '../errors/outcome.js';
import { checkNumbers } from '../util/check-numbers.js';
import type { Clock } from '../util/clock.js';
import { onlyOptions } from '../util/only-options.js';
import type { OptionNames } from '../util/option-names.js';
import type { Handler } from './call.js';
import { watchCall } from './watch-call.js';

/** Options of the middleware `adaptiveLimit`. */
export interface AdaptiveLimitOptions {
  /** Minimum number of concurrent calls, also used while the time of an unhindered call is measured. Default 4. */
  min?: number;
  /** Maximum number of concurrent calls. Default 1,000. */
  max?: number;
  /** Multiple of the time of an unhindered call above which fewer calls are admitted. Default 1.5. */
  tolerance?: number;
  /** Milliseconds between two measurements of the time of an unhindered call. Default 30,000. */
  measureEvery?: number;
  /** Default: the platform's clock. */
  clock?: Clock;
}

const names: OptionNames<AdaptiveLimitOptions> = { min: true, max: true, tolerance: true, measureEvery: true, clock: true };

/** Minimum milliseconds and calls for one adjustment. */
const leastWindow = 100;
const leastSamples = 10;

/**
 * Limits the number of concurrent calls to what the method handles without slowing down, and refuses the others with
 * `resource_exhausted` and a time to retry after. It finds the limit itself: the limit grows while calls take no longer than
 * unhindered ones, and shrinks as they take longer. For asynchronous methods; synchronous ones never overlap, see `shed`.
 *
 * All members behind it share one limit: give services or methods that differ a limit of their own.
 *
 * @throws RangeError when an option is out of range; TypeError for unknown options
 */
export function adaptiveLimit(options: AdaptiveLimitOptions = {}): (next: Handler) => Handler {
  onlyOptions('adaptiveLimit', options, names);
  const limit = new AdaptiveLimit(options);
  const { clock = systemClock } = options;
  return (next) => (call) => {
    const start = clock.now();
    const round = limit.enter(start);
    if (round === 0) {
      const message = `${call.service}.${call.method}: ${limit.limit} calls are already running (adaptiveLimit)`;
      throw withOutcome(new NetronError('resource_exhausted', message, { retryAfterMs: limit.retryAfter }), 'not_run');
    }
    let returned = false;
    const result = watchCall(next, call, {
      succeeded: () => limit.leave(returned ? round : 0, start, clock.now()),
      failed: () => limit.leave(0, start, start),
    });
    returned = true;
    return result;
  };
}

/** The limit of concurrent calls, derived from how long they take (a gradient, as in Envoy's adaptive concurrency). */
class AdaptiveLimit {
  readonly #min: number;
  readonly #max: number;
  readonly #tolerance: number;
  readonly #measureEvery: number;
  #limit: number;
  #active = 0;
  /** Highest number of calls in flight during the current window. */
  #peak = 0;
  /** Milliseconds that an unhindered call takes; `undefined` while it is measured. */
  #unhindered: number | undefined;
  /** The limit to restore after the measurement. */
  #before: number;
  /** Number of the round; calls of earlier rounds are ignored. */
  #round = 1;
  #measured = 0;
  #windowStart = 0;
  #samples = 0;
  #sum = 0;
  #average = 0;

  constructor({ min = 4, max = 1_000, tolerance = 1.5, measureEvery = 30_000 }: AdaptiveLimitOptions) {
    checkNumbers('adaptiveLimit', { min, max }, 'a positive integer');
    checkNumbers('adaptiveLimit', { tolerance, measureEvery }, 'a positive number');
    if (max < min) throw new RangeError(`adaptiveLimit: min must not exceed max, got ${min} and ${max}`);
    if (tolerance <= 1) throw new RangeError(`adaptiveLimit: tolerance must be above 1, not ${tolerance}`);
    this.#min = min;
    this.#max = max;
    this.#tolerance = tolerance;
    this.#measureEvery = measureEvery;
    this.#limit = min;
    this.#before = min;
  }

  get limit(): number {
    return Math.floor(this.#limit);
  }

  /** Milliseconds after which a refused call may be admitted. */
  get retryAfter(): number {
    return Math.max(1, Math.ceil(this.#average));
  }

  /** Admits a call: returns the number of the round, or 0 when the limit is reached. */
  enter(now: number): number {
    if (this.#active === 0 && this.#samples === 0) this.#windowStart = now;
    if (this.#active >= this.limit) return 0;
    this.#active += 1;
    this.#peak = Math.max(this.#peak, this.#active);
    return this.#round;
  }

  /** Records the end of a call. Its duration is ignored if `round` is 0 (synchronous or failed) or over. */
  leave(round: number, start: number, now: number): void {
    this.#active -= 1;
    if (round !== this.#round) return;
    this.#samples += 1;
    this.#sum += now - start;
    if (this.#samples >= leastSamples && now - this.#windowStart >= leastWindow) this.#adjust(now);
  }

  #adjust(now: number): void {
    this.#average = this.#sum / this.#samples;
    if (this.#unhindered === undefined) {
      this.#unhindered = this.#average;
      this.#limit = this.#before;
      this.#measured = now;
    } else if (now - this.#measured >= this.#measureEvery) {
      this.#unhindered = undefined;
      this.#before = this.#limit;
      this.#limit = this.#min;
      this.#round += 1;
    } else {
      this.#unhindered = Math.min(this.#unhindered, this.#average);
      this.#follow(this.#unhindered);
    }
    this.#windowStart = now;
    this.#samples = 0;
    this.#sum = 0;
    this.#peak = this.#active;
  }

  /** Moves the limit along the gradient. It grows only when the current limit has been used up. */
  #follow(unhindered: number): void {
    const gradient = Math.max(0.5, Math.min(1, (this.#tolerance * unhindered) / Math.max(this.#average, 0.001)));
    const wanted = this.#limit * gradient + Math.sqrt(this.#limit);
    if (wanted > this.#limit && this.#peak < this.limit) return;
    this.#limit = Math.max(this.#min, Math.min(this.#max, wanted));
  }
}
