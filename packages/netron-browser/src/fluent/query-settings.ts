/** Options of queries and mutations, as settings of calls. */
import { type CallSettings, cacheSettings, milliseconds, priorityOf, retrySettings } from './settings.js';
import type { MutationOptions, QueryOptions } from './types.js';

/** Reads the options of a query or mutation as settings. */
export function settingsOf<T, R>(options: QueryOptions<T, R> & MutationOptions): CallSettings {
  const {
    cache,
    retry,
    timeout,
    priority,
    invalidate,
    fallback,
    signal,
    idempotencyKey,
    progress,
    queued,
    metrics,
    transform,
    validate,
  } = options;
  return {
    ...(cache !== undefined && { cache: cacheSettings(cache) }),
    ...(retry !== undefined && { retry: retrySettings(retry) }),
    ...(timeout !== undefined && { timeout: milliseconds(timeout, 'timeout') }),
    ...(priority !== undefined && { priority: priorityOf(priority) }),
    ...('fallback' in options && { fallback: { value: fallback } }),
    ...(transform !== undefined && { transform: (data: unknown) => transform.call(options, data as T) }),
    ...(validate !== undefined && { validate: (data: unknown) => validate.call(options, data as T) }),
    ...(metrics !== undefined && { metrics: (timing) => metrics.call(options, timing) }),
    ...(invalidate !== undefined && { invalidate }),
    ...(signal !== undefined && { signal }),
    ...(progress !== undefined && { progress }),
    ...(queued !== undefined && queued !== false && { queued: queued === true ? '' : queued }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  } satisfies CallSettings;
}
