/** One tag of rich JSON: where its value is, and the reading of dates. */
import { malformed } from '../wire/malformed.js';

/** Container of a tagged value, and its name there. */
export interface TaggedPlace {
  readonly tag: string;
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

/**
 * Follows the path of a tag.
 *
 * @param root has the whole value as `v`
 * @throws NetronError `invalid_argument` when it is no tag, or leads nowhere
 */
export function placeOf(root: Record<string, unknown>, entry: unknown): TaggedPlace {
  if (!Array.isArray(entry) || typeof entry[0] !== 'string') throw malformed('a tag that is not one');
  let holder = root;
  let key = 'v';
  for (let index = 1; index < entry.length; index++) {
    holder = ownValue(holder, key) as Record<string, unknown>;
    if (!Array.isArray(holder) && !isRecord(holder)) throw misled();
    const step: unknown = entry[index];
    // An array has numbers for names, a record has texts: one path for each value.
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

/** Whether `value` is an object as JSON has them. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Reads an ISO text as dates are written; `null` is a date that is none. */
export function readDate(plain: unknown): Date {
  if (plain === null) return new Date(Number.NaN);
  if (typeof plain === 'string') {
    const date = new Date(plain);
    // Runtimes take the 31st of February for a day in March.
    if (!Number.isNaN(date.getTime()) && date.toISOString() === plain) return date;
  }
  throw misfit();
}

/** The error for a tag whose value is not of its kind. */
export function misfit(): Error {
  return malformed('a tag that does not fit its value');
}

function misled(): Error {
  return malformed('a tag whose path leads nowhere');
}
