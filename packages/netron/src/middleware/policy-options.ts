/** Options of the policies, by name, and the values that each may have: for the policies, and for what takes options before it loads them. */
import type { OptionChecks, ValueCheck } from '../util/check-values.js';

const backoffs: readonly unknown[] = [undefined, 'exponential', 'linear', 'constant'];

const backoff: ValueCheck = (where, name, value) => {
  if (!backoffs.includes(value))
    throw new RangeError(`${where}: ${name} must be 'exponential', 'linear' or 'constant', not '${String(value)}'`);
};

const after: ValueCheck = (where, name, value) => {
  if (value !== 'p95' && !(typeof value === 'number' && value >= 0))
    throw new RangeError(`${where}: ${name} must be milliseconds or 'p95', not ${String(value)}`);
};

/** Number of repeats of a failed call, and the delays before them. */
export interface RetryOptions {
  /** Repeats of one call, beside its first attempt. Default 2. */
  attempts?: number;
  /** Growth of the delays: doubled, by the first delay, or not at all. Default `exponential`. */
  backoff?: 'exponential' | 'linear' | 'constant';
  /** Milliseconds before the first repeat. Default 50. */
  initialDelay?: number;
  /** Milliseconds that no delay exceeds, nor the delay that the other side asks for. Default 2,000. */
  maxDelay?: number;
  /** Share of a delay that is drawn at random, from 0 to 1. Default 1: anywhere from 0 to the delay. */
  jitter?: number;
  /** Repeats that a successful call pays for, so that a target that fails gets few of them. Default 0.1; `Infinity`: no bound. */
  budget?: number;
}

export const retryChecks: OptionChecks<RetryOptions> = {
  attempts: 'a whole number from 0',
  backoff,
  initialDelay: 'a number from 0',
  maxDelay: 'a number from 0',
  jitter: 'from 0 to 1',
  budget: 'a number from 0',
};

/** Conditions under which a circuit breaker opens, and for how long. */
export interface BreakerOptions {
  /** Share of calls that fail, from 0 to 1, at which it opens. Default 0.5. */
  rate?: number;
  /** Calls within `window` below which the rate is not looked at. Default 20. */
  volume?: number;
  /** Milliseconds over which calls are counted. Default 10,000. */
  window?: number;
  /** Failures in a row at which it opens, however few calls there are. Default 5; `Infinity`: the rate alone decides. */
  consecutive?: number;
  /** Milliseconds until one call is let through to see whether it succeeds. Default 60,000. */
  resetTimeout?: number;
}

export const breakerChecks: OptionChecks<BreakerOptions> = {
  rate: 'above 0 and at most 1',
  volume: 'a whole number from 1',
  window: 'above 0',
  consecutive: 'a whole number from 1',
  resetTimeout: 'above 0',
};

/** Number of calls of one kind that run at a time. */
export interface BulkheadOptions {
  /** Calls under way at a time. Default 100. */
  concurrent?: number;
  /** Calls that wait for their turn; one more is refused. Default 100. */
  queue?: number;
}

export const bulkheadChecks: OptionChecks<BulkheadOptions> = {
  concurrent: 'a whole number from 1',
  queue: 'a whole number from 0',
};

/** Conditions under which a call that takes long is made a second time. */
export interface HedgeOptions {
  /** Milliseconds after which it is, or `p95`: the time that 95 % of the calls do not exceed, once 20 are known. */
  after: number | 'p95';
  /** Share of calls that may be made a second time, counted over ten seconds. Default 0.05. */
  budget?: number;
}

export const hedgeChecks: OptionChecks<HedgeOptions> = { after, budget: 'from 0 to 1' };
