import type { CallOptions } from '@omnitron-dev/netron/http/client';

/** Headers with their names in lower case; of several that differ in case alone the last one counts. */
export function lowerCased(given: NonNullable<CallOptions['headers']>): Record<string, string> {
  const headers = Symbol.iterator in given ? [...given] : Object.entries(given);
  return Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
}
