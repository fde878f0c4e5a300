import { checkNumbers } from '../util/check-numbers.js';

/** Times of an announcement. */
export interface Lease {
  /** Milliseconds between two announcements. */
  readonly interval: number;
  /** Milliseconds for which an announcement is valid: at least three intervals. */
  readonly ttl: number;
}

/**
 * Default for the milliseconds between two announcements. A node that dies disappears from every registry within 15 s: its last
 * announcement is valid for three intervals, and the others read once in each, plus or minus a tenth.
 */
const usualInterval = 3_000;

/**
 * Reads the times of an announcement. A `ttl` below three intervals is raised: one late announcement must not remove a node.
 *
 * @throws RangeError for a value that is not a number above 0
 */
export function readLease({ interval = usualInterval, ttl = interval }: Partial<Lease>): Lease {
  checkNumbers('discovery', { interval, ttl }, 'a positive number of milliseconds');
  return { interval, ttl: Math.max(ttl, 3 * interval) };
}
