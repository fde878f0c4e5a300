/** One tag of rich JSON: finds its value and reads dates. */
import { malformed } from '../wire/malformed.js';

/** The container of a tagged value, and its name in the container. */
export interface TaggedPlace {
  readonly tag: string;
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

/**
 * Follows the path of a tag.
 *
 * @param root holds the whole value as `v`
 * @throws NetronError `invalid_argument` when it is not a tag, or its path leads nowhere
 */
export function placeOf(root: Record<string, unknown>, entry: unknown): TaggedPlace {
  if (!Array.isArray(entry) || typeof entry[0] !== 'string') throw malformed('an invalid tag');
  let holder = root;
  let key = 'v';
  for (let index = 1; index < entry.length; index++) {
    holder = ownValue(holder, key) as Record<string, unknown>;
    if (!Array.isArray(holder) && !isRecord(holder)) throw misled();
    const step: unknown = entry[index];
    // Arrays take numbers and records take strings, so that each value has only one path.
    if (typeof step !== (Array.isArray(holder) ? 'number' : 'string')) throw misled();
    key = String(step);
  }
  return { tag: entry[0], holder, key };
}

/** @throws NetronError `invalid_argument` when there is no such property */
export function ownValue(holder: Record<string, unknown>, key: string): unknown {
  if (!Object.hasOwn(holder, key)) throw misled();
  return holder[key];
}

/** Whether `value` is an object as JSON creates them. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Reads a date in ISO format; `null` stands for an invalid date. */
export function readDate(plain: unknown): Date {
  if (plain === null) return new Date(Number.NaN);
  if (typeof plain === 'string') {
    const date = new Date(plain);
    // JavaScript accepts February 31 as a day in March.
    if (!Number.isNaN(date.getTime()) && date.toISOString() === plain) return date;
  }
  throw misfit();
}

/** Returns the error for a tag that does not fit its value. */
export function misfit(): Error {
  return malformed('a tag that does not match its value');
}

function misled(): Error {
  return malformed('a tag whose path does not exist');
}
