/** Services as pages call them: typed methods with a chain of settings in front of each call. */
import type { Remote } from '@omnitron-dev/netron/http/client';
import type { CacheOptions } from '../cache/options.js';
import type { RefetchOptions } from '../query/query.js';
import type { UploadProgress } from '../request/upload.js';
import type { RetryOptions } from '../retry/retry-options.js';
import type { Priority } from '../util/slots.js';

type AnyMethod = (...args: never[]) => unknown;

/** Names of a service's methods. The outcome of a condition that always holds: errors list the names, instead of that of the type. */
export type MethodName<T> = T extends unknown
  ? { [Name in keyof T]: T[Name] extends AnyMethod ? Name : never }[keyof T] & string
  : never;

/** Arguments of a method as the caller passes them. */
export type ArgsOf<T, M extends keyof T> = M extends keyof Remote<T>
  ? Remote<T>[M] extends (...args: infer Args) => unknown
    ? Args
    : never
  : never;

/** Awaited result of a method as the caller receives it. */
export type ResultOf<T, M extends keyof T> = M extends keyof Remote<T>
  ? Remote<T>[M] extends (...args: never[]) => infer Result
    ? Awaited<Result>
    : never
  : never;

/** How long a call took, and whether the cache answered it. */
export interface CallTiming {
  /** Milliseconds. */
  readonly duration: number;
  /** `undefined` for calls that do not use the cache. */
  readonly cacheHit?: boolean;
}

/** Settings of one read. All times are in milliseconds. */
export interface QueryOptions<T = unknown, R = T> extends RefetchOptions {
  /** Options of the cache; a number is `maxAge`; `false` bypasses the cache. */
  readonly cache?: CacheOptions | number | false;
  /** Options of retries; a number is `attempts`. */
  readonly retry?: RetryOptions | number | false;
  readonly timeout?: number;
  readonly priority?: Priority;
  /** Converts the result for the caller. The cache keeps the original value. */
  transform?(data: T): R;
  /** Returns `false`, or throws, to reject a result. A rejected result is not cached. */
  validate?(data: T): unknown;
  /** Returned instead of an error. */
  readonly fallback?: R;
  metrics?(timing: CallTiming): void;
  readonly signal?: AbortSignal;
}

/** Settings of one call that changes something. */
export interface MutationOptions {
  /** Tags that the call invalidates. */
  readonly invalidate?: readonly string[];
  readonly retry?: RetryOptions | number | false;
  readonly timeout?: number;
  readonly priority?: Priority;
  readonly signal?: AbortSignal;
  /** Key by which the server recognizes a repeated call. Default: generated where the server keeps such keys. */
  readonly idempotencyKey?: string;
  /**
   * Stores the call before it is sent and sends it when there is a network. Calls of one scope are sent in order; `true` is the scope of
   * the service.
   */
  readonly queued?: boolean | string;
  /** Receives the number of bytes sent of the files and streams among the arguments. */
  progress?(progress: UploadProgress): void;
}

/** The cached read that an optimistic update is about. */
export interface OptimisticTarget<M extends string, Args> {
  readonly method: M;
  /** Arguments of the read. Default: none. */
  readonly args?: Args;
}

/** Settings in front of a call. Each method returns a new interface and leaves the original unchanged. */
export interface Chain<T> {
  /** Sets options of the cache; a number is `maxAge`; `false` bypasses the cache. */
  cache(options: CacheOptions | number | false): FluentInterface<T>;
  /** Retries the call by these rules; a number is `attempts`. */
  retry(options: RetryOptions | number | false): FluentInterface<T>;
  /** Fetches the value again every `ms` milliseconds while the cache keeps it. */
  background(ms: number): FluentInterface<T>;
  /** Changes what is shown until the server answers; a failure restores it. Applies to entries with the tags of `invalidateOn`. */
  // biome-ignore lint/suspicious/noConfusingVoidType: an update may return nothing
  optimistic<V>(update: (current: V | undefined, ...args: never[]) => V | void): FluentInterface<T>;
  /** Changes what is shown for one read. */
  optimistic<M extends MethodName<T>>(
    target: OptimisticTarget<M, ArgsOf<T, M>>,
    // biome-ignore lint/suspicious/noConfusingVoidType: an update may return nothing
    update: (current: ResultOf<T, M> | undefined, ...args: never[]) => ResultOf<T, M> | void,
  ): FluentInterface<T>;
  /** Sets the tags that the call invalidates. */
  invalidateOn(tags: readonly string[]): FluentInterface<T>;
  timeout(ms: number): FluentInterface<T>;
  priority(priority: Priority): FluentInterface<T>;
  /** Converts the result for the caller. */
  transform<V, R>(transform: (data: V) => R): FluentInterface<T>;
  /** Rejects a result for which the function returns `false` or throws. */
  validate<V>(validate: (data: V) => unknown): FluentInterface<T>;
  /** Sets the value that is returned instead of an error. */
  fallback(value: unknown): FluentInterface<T>;
  metrics(metrics: (timing: CallTiming) => void): FluentInterface<T>;
  signal(signal: AbortSignal): FluentInterface<T>;
  /**
   * Stores the call before it is sent and sends it when there is a network. Calls of one scope are sent in order. Default: the scope of the
   * service.
   */
  queued(scope?: string): FluentInterface<T>;
  /** Receives the number of bytes sent of the files and streams among the arguments. */
  progress(progress: (progress: UploadProgress) => void): FluentInterface<T>;
}

/** A service with a chain of settings. A member of the service hides the setting of the same name: use `withQuery` then. */
export type FluentInterface<T> = Remote<T> & Omit<Chain<T>, keyof T>;
