/** Refuses arguments and options that are something else than they should be, with what was expected and what came. */

/** Names what a value is, for the message of an error: `a string`, `an array`, `null`, `an object of class Date`. */
export function described(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  if (typeof value !== 'object') return `a ${typeof value}`;
  const { name } = (Object.getPrototypeOf(value) as object | null)?.constructor ?? {};
  return name === undefined || name === '' || name === 'Object' ? 'an object' : `an object of class ${name}`;
}

/** Whether a value is an object whose keys are its contents: no array, no instance of a class. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Also those of other realms.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** @throws TypeError for what is no `AbortSignal`, of this or another realm */
export function checkSignal(value: unknown): void {
  if (value === undefined) return;
  const { aborted, addEventListener } = (value ?? {}) as Partial<AbortSignal>;
  if (typeof aborted === 'boolean' && typeof addEventListener === 'function') return;
  const hint = value instanceof AbortController ? ' (give its property signal)' : '';
  throw new TypeError(`signal must be an AbortSignal, not ${described(value)}${hint}`);
}

/** Headers in each form that is usual: a record, a `Map`, or `Headers`. */
export type HeadersGiven = Readonly<Record<string, string>> | Iterable<readonly [name: string, value: string]>;

/**
 * Reads headers in any form. Their names are in lower case from here on; of several that differ in case alone the last one counts.
 *
 * @throws TypeError when they are none, or a value is no string
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
  // A text can be iterated, and so can an array of other things.
  if (typeof given !== 'object' || given === null || !(Symbol.iterator in given) || Array.isArray(given)) {
    throw new TypeError(`headers must be a record, a Map or Headers, not ${described(given)}`);
  }
  return given;
}
