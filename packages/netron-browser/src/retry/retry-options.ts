/** Options of repetitions, and their check, which needs none of the code that repeats. */
import type { Clock } from '@omnitron-dev/netron/http/client';
import { given } from '../util/given.js';
import type { Backoff } from './backoff.js';
import type { BreakerOptions } from './breaker.js';

/** Rules by which a call is repeated. Times in milliseconds. */
export interface RetryOptions {
  /** Attempts after the first. Default 3. */
  readonly attempts?: number;
  /** Default `exponential`. */
  readonly backoff?: Backoff;
  /** Before the second attempt. Default 500. */
  readonly initialDelay?: number;
  /** The longest wait, whatever the server asks for. Default 30,000. */
  readonly maxDelay?: number;
  /** Share of each wait that is left to chance, 0 to 1. Default 1. */
  readonly jitter?: number;
  /** The call may run twice without harm. Otherwise only one that did certainly not run is repeated. */
  readonly idempotent?: boolean;
  /** Default: none. `false` goes without the manager's. */
  readonly circuitBreaker?: BreakerOptions | false;
}

/** Options of `RetryManager`. */
export interface RetryManagerOptions extends RetryOptions {
  readonly clock?: Clock;
  /** Numbers from 0 to 1. */
  readonly random?: () => number;
}

/** Options of one piece of work. */
export interface ExecuteOptions extends RetryOptions {
  /** Name of the callee; each has a breaker of its own. Default: the same for all. */
  readonly target?: string;
  /** Ends waiting and further attempts. */
  readonly signal?: AbortSignal;
  /** Monotonic time after which no attempt begins. */
  readonly deadline?: number;
}

/** Options of one call. */
export const retryNames: Record<keyof RetryOptions, true> = {
  attempts: true,
  backoff: true,
  circuitBreaker: true,
  idempotent: true,
  initialDelay: true,
  jitter: true,
  maxDelay: true,
};

/** Options of `RetryManager`. */
export const optionNames: Record<keyof RetryManagerOptions, true> = { ...retryNames, clock: true, random: true };

const namesOfBreaker: Record<keyof BreakerOptions, true> = { cooldownTime: true, threshold: true, windowTime: true };

/** @throws TypeError that says which option is wrong or unknown */
export function readRetryOptions<T extends RetryOptions>(source: T, names: object = retryNames): T {
  const read = given('retry', source, names);
  const { circuitBreaker } = read;
  if (circuitBreaker && typeof circuitBreaker !== 'object')
    throw new TypeError(`circuitBreaker is a record, not ${String(circuitBreaker)}`);
  const options = circuitBreaker ? { ...read, circuitBreaker: given('circuitBreaker', circuitBreaker, namesOfBreaker) } : read;
  for (const name of ['attempts', 'initialDelay', 'maxDelay', 'jitter'] as const) {
    const value = options[name];
    if (value !== undefined && (typeof value !== 'number' || !(value >= 0))) {
      throw new TypeError(`retry option ${name} is a number from 0, not ${String(value)}`);
    }
  }
  if (options.jitter !== undefined && options.jitter > 1)
    throw new TypeError(`retry option jitter is at most 1, not ${options.jitter}`);
  const { backoff } = options;
  if (backoff !== undefined && !['exponential', 'linear', 'constant'].includes(backoff)) {
    throw new TypeError(`retry option backoff is exponential, linear or constant, not ${String(backoff)}`);
  }
  return options;
}
