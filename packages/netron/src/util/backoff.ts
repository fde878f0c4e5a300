/** How long to wait between attempts. */
export interface BackoffOptions {
  /** Upper bound of the first delay, in milliseconds. Default 1,000. */
  base?: number;
  /** Upper bound that the doubling stops at, in milliseconds. Default 30,000. */
  max?: number;
  /** A random number from 0 to 1. Default `Math.random`, given by the platform. */
  random: () => number;
}

/**
 * The delay before attempt number `attempt` (0 is the first repetition), under a bound that doubles each time: the first is
 * anywhere from 0 to its bound (full jitter), so that clients which lost the same server come back spread out; later
 * ones are in the middle third of theirs: spread already, they neither crowd together nor leave long gaps. On average each is half its bound.
 *
 * @returns milliseconds
 * @source docs/decisions/reconnect.md
 */
export function backoff(attempt: number, { base = 1_000, max = 30_000, random }: BackoffOptions): number {
  const bound = Math.min(max, base * 2 ** Math.min(attempt, 30));
  return attempt === 0 ? random() * bound : ((1 + random()) / 3) * bound;
}
