/** Headers as a program passes them: a record, a `Map`, or `Headers`. */
import { described, isRecord } from './check.js';

/** Headers in any usual form: a record, a `Map`, or `Headers`. */
export type HeadersGiven = Readonly<Record<string, string>> | Iterable<readonly [name: string, value: string]>;

/**
 * Reads headers in any form. The names become lower case; of several that differ only in case, the last one counts.
 *
 * @throws TypeError when they are not headers, or a value is not a string
 */
export function headersOf(given: HeadersGiven): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  for (const [name, value] of entriesOf(given)) {
    if (typeof value !== 'string') throw new TypeError(`header '${name}' must be a string, not ${described(value)}`);
    headers[name.toLowerCase()] = value;
  }
  return headers;
}

function entriesOf(given: HeadersGiven): Iterable<readonly [string, unknown]> {
  if (isRecord(given)) return Object.entries(given);
  // Strings can be iterated, and so can arrays of other values.
  if (typeof given !== 'object' || given === null || !(Symbol.iterator in given) || Array.isArray(given)) {
    throw new TypeError(`headers must be an object, a Map or Headers, not ${described(given)}`);
  }
  return given;
}
