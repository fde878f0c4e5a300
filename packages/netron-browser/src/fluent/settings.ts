/** Settings of a call that the chain collects. */
import { type CacheOptions, readCacheOptions } from '../cache/options.js';
import type { Background } from '../query/background.js';
import type { OptimisticUpdate } from '../query/optimistic.js';
import type { showOptimistic } from '../query/show-optimistic.js';
import type { UploadProgress } from '../request/upload.js';
import { type RetryOptions, readRetryOptions } from '../retry/retry-options.js';
import type { Priority } from '../util/slots.js';
import type { CallTiming } from './types.js';

/** Settings of a call. */
export interface CallSettings {
  readonly cache?: CacheOptions | false | undefined;
  readonly retry?: RetryOptions | false | undefined;
  /** Milliseconds between two background fetches, and the class that makes them, whose code is loaded with the first fluent interface. */
  readonly background?: { readonly ms: number; readonly Background: typeof Background } | undefined;
  readonly optimistic?: readonly OptimisticUpdate[] | undefined;
  /** Shows the changes of `optimistic`. Passed as a setting because its code is loaded with the first fluent interface. */
  readonly showOptimistic?: typeof showOptimistic | undefined;
  readonly invalidate?: readonly string[] | undefined;
  readonly timeout?: number | undefined;
  readonly priority?: Priority | undefined;
  readonly transform?: ((data: unknown) => unknown) | undefined;
  readonly validate?: ((data: unknown) => unknown) | undefined;
  readonly fallback?: { readonly value: unknown } | undefined;
  readonly metrics?: ((timing: CallTiming) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly idempotencyKey?: string | undefined;
  /** Scope of the queue in which the call waits for the network; the empty string is the scope of its service. */
  readonly queued?: string | undefined;
  readonly progress?: ((progress: UploadProgress) => void) | undefined;
}

/** No settings. */
export const none: CallSettings = Object.freeze({});

/** Reads options of the cache. */
export function cacheSettings(given: CacheOptions | number | false): CacheOptions | false {
  const options = typeof given === 'number' ? { maxAge: given } : given;
  if (options === false) return false;
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`cache must be a number of milliseconds, an object or false, not ${String(given)}`);
  return readCacheOptions(options);
}

/** Reads options of retries. */
export function retrySettings(given: RetryOptions | number | false): RetryOptions | false {
  const options = typeof given === 'number' ? { attempts: given } : given;
  if (options === false) return false;
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`retry must be a number of attempts, an object or false, not ${String(given)}`);
  return readRetryOptions(options);
}

/** @throws TypeError when `value` is not a priority */
export function priorityOf(value: Priority): Priority {
  if (['high', 'normal', 'low'].includes(value)) return value;
  throw new TypeError(`priority must be high, normal or low, not ${String(value)}`);
}
