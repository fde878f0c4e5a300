import type { CallOptions } from '@omnitron-dev/netron/http/client';

/** Returns headers with lower-case names. Of several that differ only in case, the last one counts. */
export function lowerCased(given: NonNullable<CallOptions['headers']>): Record<string, string> {
  const headers = Symbol.iterator in given ? [...given] : Object.entries(given);
  return Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
}
