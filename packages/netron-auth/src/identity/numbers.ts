/** Numbers in options: one that is none would be a bound that is not there. */
import { longestDelay } from '@omnitron-dev/netron';

/**
 * Returns the milliseconds that something is waited for, whole ones.
 *
 * @throws RangeError when they are no number above 0, or more than a timer can count
 */
export function checkTimeout(name: string, ms: unknown): number {
  if (typeof ms === 'number' && ms > 0 && ms <= longestDelay) return Math.ceil(ms);
  throw new RangeError(`${name} must be milliseconds above 0, at most 24 days, got ${String(ms)}`);
}

/** Returns a number, if it is one above 0. @throws RangeError */
export function checkPositive(name: string, value: unknown): number {
  if (typeof value === 'number' && value > 0) return value;
  throw new RangeError(`${name} must be a number above 0, got ${String(value)}`);
}
