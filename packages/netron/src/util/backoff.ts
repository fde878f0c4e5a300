/** Options of the delays between attempts. */
export interface BackoffOptions {
  /** Upper bound of the first delay, in milliseconds. Default 1,000. */
  base?: number;
  /** Upper bound at which the doubling stops, in milliseconds. Default 30,000. */
  max?: number;
  /** Returns random numbers from 0 to 1. Default `Math.random`, passed in by the platform. */
  random: () => number;
}

/**
 * Returns the delay before attempt number `attempt` (0 is the first retry), below a bound that doubles each time. The first delay is random
 * between 0 and its bound (full jitter), so that clients which lost the same server return at different times. Later ones are in the middle
 * third of their range: the clients are spread out already, and this avoids both crowding and long gaps. On average, each delay is half its
 * bound.
 *
 * @returns milliseconds
 * @source docs/decisions/reconnect.md
 */
export function backoff(attempt: number, { base = 1_000, max = 30_000, random }: BackoffOptions): number {
  const bound = Math.min(max, base * 2 ** Math.min(attempt, 30));
  return attempt === 0 ? random() * bound : ((1 + random()) / 3) * bound;
}
