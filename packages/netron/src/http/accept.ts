/** Content negotiation: chooses the format that the `Accept` header prefers. */
import { mediaTypeOf } from './media-types.js';

/** Most ranges of `Accept` that are considered. */
const maxRanges = 16;

/**
 * Returns the format with the highest weight, the first one among equals; `undefined` when no range matches a format.
 *
 * @param formOf returns the format of a media range, which has no parameters and is in lower case
 */
export function preferred<T>(accept: string, formOf: (range: string) => T | undefined): T | undefined {
  let best: T | undefined;
  let weight = 0;
  for (const range of accept.split(',', maxRanges)) {
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
