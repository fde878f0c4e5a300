/** Choice of a form: receives the header Accept, gives the form that it weighs most. */
import { mediaTypeOf } from './media-types.js';

/** Ranges of `Accept` at most looked at. */
const mostRanges = 16;

/**
 * Returns the form with the highest weight, of equal ones the first; `undefined` when none of the ranges has one.
 *
 * @param formOf the form of a media range, without parameters and in lower case
 */
export function preferred<T>(accept: string, formOf: (range: string) => T | undefined): T | undefined {
  let best: T | undefined;
  let weight = 0;
  for (const range of accept.split(',', mostRanges)) {
    const form = formOf(mediaTypeOf(range));
    const q = /;\s*q=([\d.]+)/i.exec(range)?.[1];
    const own = q === undefined ? 1 : Number(q);
    if (form !== undefined && own > weight) {
      best = form;
      weight = own;
    }
  }
  return best;
}
