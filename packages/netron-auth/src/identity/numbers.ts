/** Checks numbers in options: a limit that is not a number would have no effect. */
import { longestDelay } from '@omnitron-dev/netron';

/**
 * Returns a timeout as whole milliseconds.
 *
 * @throws RangeError when it is not a number above 0, or more than a timer supports
 */
export function checkTimeout(name: string, ms: unknown): number {
  if (typeof ms === 'number' && ms > 0 && ms <= longestDelay) return Math.ceil(ms);
  throw new RangeError(`${name} must be a positive number of milliseconds, at most 24 days, not ${String(ms)}`);
}

/** Returns a number above 0. @throws RangeError for any other value */
export function checkPositive(name: string, value: unknown): number {
  if (typeof value === 'number' && value > 0) return value;
  throw new RangeError(`${name} must be a positive number, not ${String(value)}`);
}
