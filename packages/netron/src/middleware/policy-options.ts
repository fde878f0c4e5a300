/** Options of the policies, by name, and their valid values: for the policies, and for code that checks options before it loads them. */
import type { OptionChecks, ValueCheck } from '../util/check-values.js';

const backoffs: readonly unknown[] = [undefined, 'exponential', 'linear', 'constant'];

const backoff: ValueCheck = (where, name, value) => {
  if (!backoffs.includes(value))
    throw new RangeError(`${where}: ${name} must be 'exponential', 'linear' or 'constant', not '${String(value)}'`);
};

const after: ValueCheck = (where, name, value) => {
  if (value !== 'p95' && !(typeof value === 'number' && value >= 0))
    throw new RangeError(`${where}: ${name} must be a number of milliseconds or 'p95', not ${String(value)}`);
};

/** Number of retries of a failed call, and the delays before them. */
export interface RetryOptions {
  /** Maximum number of retries of one call, besides its first attempt. Default 2. */
  attempts?: number;
  /** Growth of the delays: doubled, increased by the first delay, or constant. Default `exponential`. */
  backoff?: 'exponential' | 'linear' | 'constant';
  /** Milliseconds before the first retry. Default 50. */
  initialDelay?: number;
  /** Maximum delay in milliseconds, also for a delay that the other side requests. Default 2,000. */
  maxDelay?: number;
  /** Share of a delay that is random, from 0 to 1. Default 1: anywhere from 0 to the delay. */
  jitter?: number;
  /** Retries that each successful call allows, so that a failing target gets few of them. Default 0.1; `Infinity`: no limit. */
  budget?: number;
}

export const retryChecks: OptionChecks<RetryOptions> = {
  attempts: 'a non-negative integer',
  backoff,
  initialDelay: 'a non-negative number',
  maxDelay: 'a non-negative number',
  jitter: 'between 0 and 1',
  budget: 'a non-negative number',
};

/** Conditions under which a circuit breaker opens, and for how long. */
export interface BreakerOptions {
  /** Share of failed calls, from 0 to 1, at which it opens. Default 0.5. */
  rate?: number;
  /** Number of calls within `window` below which the rate is ignored. Default 20. */
  volume?: number;
  /** Milliseconds over which calls are counted. Default 10,000. */
  window?: number;
  /** Failures in a row at which it opens, however few calls there are. Default 5; `Infinity`: only the rate counts. */
  consecutive?: number;
  /** Milliseconds until one call is admitted to test the target. Default 60,000. */
  resetTimeout?: number;
}

export const breakerChecks: OptionChecks<BreakerOptions> = {
  rate: 'above 0 and at most 1',
  volume: 'a positive integer',
  window: 'a positive number',
  consecutive: 'a positive integer',
  resetTimeout: 'a positive number',
};

/** Limits for the concurrent calls of one kind. */
export interface BulkheadOptions {
  /** Maximum number of concurrent calls. Default 100. */
  concurrent?: number;
  /** Maximum number of calls that wait for their turn; one more is refused. Default 100. */
  queue?: number;
}

export const bulkheadChecks: OptionChecks<BulkheadOptions> = {
  concurrent: 'a positive integer',
  queue: 'a non-negative integer',
};

/** Conditions under which a second attempt of a slow call is made. */
export interface HedgeOptions {
  /** Milliseconds until the second attempt, or `p95`: the time that 95 % of the calls do not exceed, once 20 are measured. */
  after: number | 'p95';
  /** Maximum share of calls with a second attempt, over ten seconds. Default 0.05. */
  budget?: number;
}

export const hedgeChecks: OptionChecks<HedgeOptions> = { after, budget: 'between 0 and 1' };
