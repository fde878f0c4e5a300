/** Growth of the wait between attempts. */
export type Backoff = 'exponential' | 'linear' | 'constant';

/** Settings of the waits between attempts. */
export interface BackoffOptions {
  readonly backoff: Backoff;
  /** Milliseconds before the second attempt. */
  readonly initialDelay: number;
  /** Milliseconds of the longest wait. */
  readonly maxDelay: number;
  /** Fraction of the wait that is random, 0 to 1. */
  readonly jitter: number;
}

/**
 * Returns the milliseconds to wait before the next attempt.
 *
 * @param attempt number of failed attempts, from 1
 * @param random from 0 to 1
 */
export function delayBefore(
  attempt: number,
  { backoff, initialDelay, maxDelay, jitter }: BackoffOptions,
  random: number,
): number {
  const factor = backoff === 'exponential' ? 2 ** (attempt - 1) : backoff === 'linear' ? attempt : 1;
  const delay = Math.min(initialDelay * factor, maxDelay);
  return delay * (1 - jitter) + delay * jitter * random;
}
