/** Rate limits that several nodes share. */
import type { RedisConnection } from '../clients.js';
import { checkTimes, prefixOf } from '../clients.js';
import { Commands, type RedisHealth } from './commands.js';
import { limit } from './scripts.js';

/** A limit: calls within a window of milliseconds. */
export interface LimitRule {
  readonly limit: number;
  /** Milliseconds. */
  readonly window: number;
}

/** Answer for a call. */
export interface LimitState {
  readonly allowed: boolean;
  /** Number of calls left in the window. */
  readonly remaining: number;
  /** Time, in milliseconds since 1970, from which the next call is allowed, or at which the window is empty again. */
  readonly reset: number;
}

/** Milliseconds for a command, unless configured: calls wait for it. */
export const shortPatience = 1_000;

/**
 * Counts calls by key in Redis, atomically and by the server's clock: no window of time, wherever it begins, has more than the limit,
 * however many nodes ask. Refused calls cost nothing. About 170 bytes per key.
 */
export class SlidingWindowRateLimiter {
  readonly #commands: Commands;
  readonly #rule: LimitRule;
  readonly #start: string;

  /**
   * @param redis a URL, options, or a client of ioredis, which is copied
   * @throws RangeError when limit or window is not above 0
   */
  constructor(
    redis: RedisConnection | Commands,
    rule: LimitRule,
    prefix = redis instanceof Commands ? 'netron' : prefixOf(redis),
  ) {
    if (![rule.limit, rule.window].every((number) => Number.isFinite(number) && number > 0))
      throw new RangeError('limit and window must be positive numbers');
    if (!(redis instanceof Commands)) checkTimes('SlidingWindowRateLimiter', redis);
    this.#commands = redis instanceof Commands ? redis : new Commands(redis, { limit }, shortPatience);
    this.#rule = rule;
    this.#start = `${prefix}:limit:${rule.limit}/${rule.window}:`;
  }

  /**
   * Counts a call if it is within the limit.
   *
   * @param cost number of calls that this one counts as; 0 only asks what remains. Default 1
   * @throws NetronError `unavailable` when Redis does not answer; RangeError when the cost is negative or not a number: it would give calls
   *   back
   */
  async checkLimit(key: string, cost = 1): Promise<LimitState> {
    if (!(Number.isFinite(cost) && cost >= 0)) throw new RangeError(`cost must be a non-negative number, not ${cost}`);
    const { limit, window } = this.#rule;
    const answer = await this.#commands.run('limit', [this.#start + key], [limit, window, Math.ceil(cost)]);
    const [allowed, remaining, wait] = answer as [number, number, number];
    return { allowed: allowed === 1, remaining, reset: Date.now() + wait };
  }

  /** Reports whether Redis answers. */
  async health(): Promise<RedisHealth> {
    return this.#commands.health();
  }

  /** Closes the connection. */
  close(): void {
    this.#commands.close();
  }
}
