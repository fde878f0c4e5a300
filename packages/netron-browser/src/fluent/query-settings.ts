/** Converts the options of queries and mutations to settings of calls. */
import { onlyOptions } from '@omnitron-dev/netron/http/client';
import type { RefetchOptions } from '../query/query.js';
import { interval, milliseconds } from '../util/limit.js';
import { type CallSettings, cacheSettings, priorityOf, retrySettings } from './settings.js';
import type { MutationOptions, QueryOptions } from './types.js';

type AllOptions = QueryOptions<never, unknown> & MutationOptions;

const same = <V>(value: V): V => value;
/** Binds a function of the options to the options object, so that it may use the others. */
const bound = (method: (value: never) => unknown, options: AllOptions) => (value: unknown) =>
  method.call(options, value as never);

/** Converts each option to settings. */
export const readers: Record<keyof AllOptions, (value: never, options: AllOptions) => unknown> = {
  cache: cacheSettings,
  retry: retrySettings,
  timeout: (ms: number) => milliseconds(ms, 'timeout'),
  priority: priorityOf,
  fallback: (value) => ({ value }),
  transform: bound,
  validate: bound,
  metrics: bound,
  invalidate: same,
  signal: same,
  progress: same,
  idempotencyKey: same,
  queued: (scope: boolean | string) => (scope === true ? '' : scope === false ? undefined : scope),
  refetchOnMount: same,
  refetchOnFocus: same,
  refetchOnReconnect: same,
  refetchInterval: (ms: number) => interval(ms, 'refetchInterval'),
};

/**
 * Converts the options of a query or mutation to settings.
 *
 * @throws TypeError when one of them is wrong or unknown
 */
export function settingsOf(options: AllOptions): CallSettings & RefetchOptions {
  onlyOptions('call', options, readers);
  const settings: Record<string, unknown> = {};
  for (const [name, read] of Object.entries(readers)) {
    const value = (options as Record<string, unknown>)[name];
    if (value !== undefined || (name === 'fallback' && name in options)) settings[name] = read(value as never, options);
  }
  return settings;
}
