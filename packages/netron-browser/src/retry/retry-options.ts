/** Options of retries and their validation, without the code that retries. */
import type { Clock } from '@omnitron-dev/netron/http/client';
import { checkedOptions } from '../util/checked-options.js';
import type { Backoff } from './backoff.js';
import type { BreakerOptions } from './breaker.js';

/** Rules for retrying a call. Times are in milliseconds. */
export interface RetryOptions {
  /** Attempts after the first. Default 3. */
  readonly attempts?: number;
  /** Growth of the wait. Default `exponential`. */
  readonly backoff?: Backoff;
  /** Wait before the second attempt. Default 500. */
  readonly initialDelay?: number;
  /** The longest wait, and the most that is added to it when the server asks for more (`Retry-After`). Default 30,000. */
  readonly maxDelay?: number;
  /** Fraction of each wait that is random, 0 to 1. Default 1. */
  readonly jitter?: number;
  /** Whether the call may run twice without harm. Otherwise it is retried only when it certainly did not run. */
  readonly idempotent?: boolean;
  /** Rules of the circuit breaker. Default: none. `false` turns off the one of the manager. */
  readonly circuitBreaker?: BreakerOptions | false;
}

/** Options of `RetryManager`. */
export interface RetryManagerOptions extends RetryOptions {
  readonly clock?: Clock;
  /** Returns numbers from 0 to 1. */
  readonly random?: () => number;
}

/** Options of one `execute`. */
export interface ExecuteOptions extends RetryOptions {
  /** Name of the callee; each has its own breaker. Default: one breaker for all. */
  readonly target?: string;
  /** Ends the waits and further attempts. */
  readonly signal?: AbortSignal;
  /** Monotonic time after which no attempt starts. */
  readonly deadline?: number;
  /** Whether the call has an idempotency key: once it has run, the server answers every attempt with the same error. Default `false`. */
  readonly keyed?: boolean;
}

/** Names of the options of one call. */
export const retryNames: Record<keyof RetryOptions, true> = {
  attempts: true,
  backoff: true,
  circuitBreaker: true,
  idempotent: true,
  initialDelay: true,
  jitter: true,
  maxDelay: true,
};

/** Names of the options of `RetryManager`. */
export const optionNames: Record<keyof RetryManagerOptions, true> = { ...retryNames, clock: true, random: true };

const namesOfBreaker: Record<keyof BreakerOptions, true> = { cooldownTime: true, threshold: true, windowTime: true };

/** @throws TypeError that names the option that is wrong or unknown */
export function readRetryOptions<T extends RetryOptions>(source: T, names: object = retryNames): T {
  const read = checkedOptions('retry', source, names);
  const { circuitBreaker } = read;
  if (circuitBreaker && typeof circuitBreaker !== 'object')
    throw new TypeError(`retry: circuitBreaker must be an object or false, not ${String(circuitBreaker)}`);
  const options = circuitBreaker
    ? { ...read, circuitBreaker: checkedOptions('circuitBreaker', circuitBreaker, namesOfBreaker) }
    : read;
  for (const name of ['attempts', 'initialDelay', 'maxDelay', 'jitter'] as const) {
    const value = options[name];
    if (value !== undefined && (typeof value !== 'number' || !(value >= 0))) {
      throw new TypeError(`retry: ${name} must be a non-negative number, not ${String(value)}`);
    }
  }
  if (options.jitter !== undefined && options.jitter > 1)
    throw new TypeError(`retry: jitter must be at most 1, not ${options.jitter}`);
  const { backoff } = options;
  if (backoff !== undefined && !['exponential', 'linear', 'constant'].includes(backoff)) {
    throw new TypeError(`retry: backoff must be exponential, linear or constant, not ${String(backoff)}`);
  }
  return options;
}
