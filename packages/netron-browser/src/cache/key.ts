/** Names by which caches and patterns know an answer. */
import type { CacheOptions } from './options.js';
import { stableArgs } from './stable-args.js';

/** `service.method`, without version. */
export function nameOf(service: string, method: string): string {
  const at = service.indexOf('@');
  return `${at < 0 ? service : service.slice(0, at)}.${method}`;
}

/** Key of an answer in the cache; `undefined` when the arguments have no text that stands for them. */
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
