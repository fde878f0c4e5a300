/** Names and keys of cached answers. */
import type { CacheOptions } from './options.js';
import { stableArgs } from './stable-args.js';

/** Returns `service.method`, without the version. */
export function nameOf(service: string, method: string): string {
  const at = service.indexOf('@');
  return `${at < 0 ? service : service.slice(0, at)}.${method}`;
}

/** Returns the key of an answer in the cache, or `undefined` when the arguments cannot be written as a string. */
export function keyOf(
  place: string,
  service: string,
  method: string,
  args: readonly unknown[],
  { key }: CacheOptions = {},
): string | undefined {
  const text = key ?? stableArgs(args);
  return text === undefined ? undefined : `${place} ${service}.${method}(${text})`;
}
