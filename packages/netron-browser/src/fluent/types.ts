/** Services as pages call them: typed methods, and a chain of settings in front of each call. */
import type { Remote } from '@omnitron-dev/netron/http/client';
import type { CacheOptions } from '../cache/options.js';
import type { RefetchOptions } from '../query/query.js';
import type { UploadProgress } from '../request/upload.js';
import type { RetryOptions } from '../retry/retry-options.js';
import type { Priority } from '../util/slots.js';

type AnyMethod = (...args: never[]) => unknown;

/** Names of a service's methods. */
export type MethodName<T> = { [Name in keyof T]: T[Name] extends AnyMethod ? Name : never }[keyof T] & string;

/** Arguments of a method as its caller gives them. */
export type ArgsOf<T, M extends keyof T> = M extends keyof Remote<T>
  ? Remote<T>[M] extends (...args: infer Args) => unknown
    ? Args
    : never
  : never;

/** Result of a method as its caller gets it, awaited. */
export type ResultOf<T, M extends keyof T> = M extends keyof Remote<T>
  ? Remote<T>[M] extends (...args: never[]) => infer Result
    ? Awaited<Result>
    : never
  : never;

/** How long a call took, and whether the cache has answered it. */
export interface CallTiming {
  /** Milliseconds. */
  readonly duration: number;
  /** `undefined` for calls that do not ask the cache. */
  readonly cacheHit?: boolean;
}

/** Settings of one read. All times in milliseconds. */
export interface QueryOptions<T = unknown, R = T> extends RefetchOptions {
  /** Terms of the cache; a number is `maxAge`; `false` goes past the cache. */
  readonly cache?: CacheOptions | number | false;
  /** A number is `attempts`. */
  readonly retry?: RetryOptions | number | false;
  readonly timeout?: number;
  readonly priority?: Priority;
  /** Makes of the result what the caller gets. What is cached stays as it was. */
  transform?(data: T): R;
  /** Answers `false`, or throws, for a result that must not be used. It is not cached either. */
  validate?(data: T): unknown;
  /** Given instead of an error. */
  readonly fallback?: R;
  metrics?(timing: CallTiming): void;
  readonly signal?: AbortSignal;
}

/** Settings of one call that changes something. */
export interface MutationOptions {
  /** Tags of what the call makes out of date. */
  readonly invalidate?: readonly string[];
  readonly retry?: RetryOptions | number | false;
  readonly timeout?: number;
  readonly priority?: Priority;
  readonly signal?: AbortSignal;
  /** Under which the server recognises a repetition. Default: one of its own where the server keeps them. */
  readonly idempotencyKey?: string;
  /** Stored before it is sent, and sent when there is a network; those of one scope in order, `true`: of the service's. */
  readonly queued?: boolean | string;
  /** Hears how many bytes of files and streams among the arguments were sent. */
  progress?(progress: UploadProgress): void;
}

/** The cached read that an optimistic update is about. */
export interface OptimisticTarget<M extends string, Args> {
  readonly method: M;
  /** Default: none. */
  readonly args?: Args;
}

/** Settings that a call is made with. Each gives a new interface and leaves the one it was called on as it is. */
export interface Chain<T> {
  /** Terms of the cache; a number is `maxAge`; `false` goes past the cache. */
  cache(options: CacheOptions | number | false): FluentInterface<T>;
  /** Repeats the call by these rules; a number is `attempts`. */
  retry(options: RetryOptions | number | false): FluentInterface<T>;
  /** Fetches what is read anew every `ms` milliseconds, for as long as the cache keeps it. */
  background(ms: number): FluentInterface<T>;
  /** Changes what is shown until the server has answered; a failure restores it. Applies to entries with the tags of `invalidateOn`. */
  // biome-ignore lint/suspicious/noConfusingVoidType: an update may return nothing
  optimistic<V>(update: (current: V | undefined, ...args: never[]) => V | void): FluentInterface<T>;
  /** The same for one read. */
  optimistic<M extends MethodName<T>>(
    target: OptimisticTarget<M, ArgsOf<T, M>>,
    // biome-ignore lint/suspicious/noConfusingVoidType: an update may return nothing
    update: (current: ResultOf<T, M> | undefined, ...args: never[]) => ResultOf<T, M> | void,
  ): FluentInterface<T>;
  /** Tags of what the call makes out of date. */
  invalidateOn(tags: readonly string[]): FluentInterface<T>;
  timeout(ms: number): FluentInterface<T>;
  priority(priority: Priority): FluentInterface<T>;
  /** Makes of the result what the caller gets. */
  transform<V, R>(transform: (data: V) => R): FluentInterface<T>;
  /** Refuses a result by `false` or by throwing. */
  validate<V>(validate: (data: V) => unknown): FluentInterface<T>;
  /** Given instead of an error. */
  fallback(value: unknown): FluentInterface<T>;
  metrics(metrics: (timing: CallTiming) => void): FluentInterface<T>;
  signal(signal: AbortSignal): FluentInterface<T>;
  /** Stores the change before it is sent, and sends it when there is a network; those of one scope in order. Default: the service's. */
  queued(scope?: string): FluentInterface<T>;
  /** Hears how many bytes of files and streams among the arguments were sent. */
  progress(progress: (progress: UploadProgress) => void): FluentInterface<T>;
}

/** A service with a chain of settings. Members of the service win where a setting has their name: use `withQuery` then. */
export type FluentInterface<T> = Remote<T> & Omit<Chain<T>, keyof T>;
