import { checkNumbers } from '../util/check-numbers.js';

/** Times of an announcement. */
export interface Lease {
  /** Milliseconds between two announcements. */
  readonly interval: number;
  /** Milliseconds that an announcement counts: at least three intervals. */
  readonly ttl: number;
}

/**
 * Milliseconds between two announcements unless a program says otherwise. A node that dies is out of every registry within 15 s: its
 * last announcement counts for three of them, and the others look once in each, give or take a tenth.
 */
const usualInterval = 3_000;

/**
 * Reads the times of an announcement. A `ttl` below three intervals is raised: one late announcement must not take a node out.
 *
 * @throws RangeError for what is no number above 0
 */
export function readLease({ interval = usualInterval, ttl = interval }: Partial<Lease>): Lease {
  checkNumbers('discovery', { interval, ttl }, 'milliseconds above 0');
  return { interval, ttl: Math.max(ttl, 3 * interval) };
}
