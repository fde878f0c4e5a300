/** How long to wait between attempts. */
export interface BackoffOptions {
  /** Upper bound of the first delay, in milliseconds. Default 1,000. */
  base?: number;
  /** Upper bound of every delay, in milliseconds. Default 30,000. */
  max?: number;
  /** A random number from 0 to 1. Default `Math.random`, given by the platform. */
  random: () => number;
}

/**
 * The delay before attempt number `attempt` (0 is the first repetition): full jitter over an exponentially growing
 * bound, so that clients which lost the same server come back spread out.
 *
 * @returns milliseconds
 * @source RELIABILITY C7; M. Brooker, "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015)
 */
export function backoff(attempt: number, { base = 1_000, max = 30_000, random }: BackoffOptions): number {
  return random() * Math.min(max, base * 2 ** Math.min(attempt, 30));
}
