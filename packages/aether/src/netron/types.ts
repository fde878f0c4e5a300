/** Types between services and components: contracts, arguments, results, options. */
import type {
  CacheManagerOptions,
  Fetch,
  HttpCacheManager,
  HttpPeerOptions,
  MethodName,
  NetronMiddleware,
  QueryOptions,
  Remote,
  RetryManager,
  RetryManagerOptions,
  TokenSource,
  UploadProgress,
} from '@omnitron-dev/netron-browser';
import type { Class } from '@omnitron-dev/nexus';

/** A backend: its address, and how calls to it are made. */
export interface BackendOptions {
  readonly url: string;
  /** A cache of its own. Default: the cache of all backends. */
  readonly cache?: CacheManagerOptions | HttpCacheManager;
  /** Retries of its own. Default: those of all backends. */
  readonly retry?: RetryManagerOptions | RetryManager;
  /** Headers of every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds for a call with all its attempts. Default 30,000. */
  readonly timeout?: number;
  /** Middleware, as classes that the container creates, or as objects. */
  readonly middleware?: readonly (Class<NetronMiddleware> | NetronMiddleware)[];
  /** Token sent as `Authorization: Bearer …`, or a function that gives it. */
  readonly token?: TokenSource;
  /** Sends the calls of one turn as one request: `true`, or how many of them at most. Default: one request each. */
  readonly batch?: boolean | number;
  /** Lets changes with the option `queued` wait for the network: stored, sent in order, each with one effect. Default: none. */
  readonly queue?: Exclude<HttpPeerOptions['queue'], undefined>;
  /** Default: the runtime's. */
  readonly fetch?: Fetch;
  /** Time of timeouts and intervals. Default: the platform's. */
  readonly clock?: Exclude<HttpPeerOptions['clock'], undefined>;
}

/** A service that the server has in another version than the page knows. */
export interface Skew {
  readonly backend: string;
  readonly service: string;
  /** Version that the page has begun with. */
  readonly known: string;
  readonly server: string;
}

/** Backends by name. */
export type Backends = Readonly<Record<string, string | BackendOptions>>;

/** Configuration of the Netron layer: one address, or several backends. */
export interface NetronModuleConfig {
  /** Address of the one backend, which is called `main`. */
  readonly baseUrl?: string;
  readonly backends?: Backends;
  /** Name of the backend for services that name none. Default: the first. */
  readonly default?: string;
  /** Cache of all backends. */
  readonly cache?: CacheManagerOptions;
  /** Retries of all backends. Default: nothing is repeated, unless a call asks for it. */
  readonly retry?: RetryManagerOptions;
}

/** Class of a service: one that extends `NetronService` or `NetronStore`. */
export type ServiceClass<S extends object> = abstract new (...args: never[]) => S;

// Compared as a whole, not taken apart: a contract of thousands of methods is looked through once per class.
type Method = (...args: never[]) => unknown;
type AsynchronousMethod = (...args: never[]) => Promise<unknown> | AsyncIterable<unknown>;
type StreamingMethod = (...args: never[]) => AsyncIterable<unknown> | Promise<AsyncIterable<unknown>>;

type Asynchronous<T> = {
  [Name in keyof T]: T[Name] extends AsynchronousMethod ? true : T[Name] extends Method ? false : true;
}[keyof T];

/** A service as a page calls it: as it is when all its methods are asynchronous, which keeps generics; else its remote form. */
export type Contract<T> = false extends Asynchronous<T> ? Remote<T> : T;

/** Names of the methods that can be queried: those that answer with one value. */
export type QueryMethod<S> = { [Name in keyof S]: IsQuery<S[Name]> extends true ? Name : never }[keyof S] & string;

/** Names of the methods that answer with a stream. */
export type StreamMethod<S> = { [Name in keyof S]: S[Name] extends StreamingMethod ? Name : never }[keyof S] & string;

/** Names of the methods that take a stream last and answer with one. */
export type DuplexMethod<S> = { [Name in keyof S]: IsDuplex<S[Name]> extends true ? Name : never }[keyof S] & string;

// `keyof S` and whatever asks for it costs as much as the contract is long, each time: a method is looked up without it, and
// all names are asked for only when the one that is given is wrong. Names are inferred as they are written, so that a wrong
// one is an error of its own and does not make the compiler compare the types of all methods.

/** The member of that name; `undefined` when there is none. */
type Member<S, M> = M extends string
  ? S extends { readonly [Name in M]: infer Found }
    ? unknown extends Found
      ? Indexed<S, M>
      : Found
    : Indexed<S, M>
  : never;
/** The same of contracts with members of all names: those with an index signature, and `any`. */
type Indexed<S, M> = M extends keyof S ? S[M] : undefined;

type IsQuery<F> = F extends StreamingMethod
  ? IsItems<ResultOf<F>> extends true
    ? false
    : true
  : F extends Method
    ? true
    : false;
/** Whether a result certainly is a stream: `any`, `never` and the result of a generic method could be anything. */
type IsItems<R> = 0 extends 1 & R ? false : [R] extends [never] ? false : R extends AsyncIterable<unknown> ? true : false;
type IsDuplex<F> = [SentOf<F>] extends [never] ? false : [ItemOf<F>] extends [never] ? false : true;

/** The name of a method that can be queried; for any other name, all of them. */
export type NamedQuery<S, M> = IsQuery<Member<S, M>> extends true ? M : QueryMethod<S>;

/** The name of a method that answers with a stream; for any other name, all of them. */
export type NamedStream<S, M> = Member<S, M> extends StreamingMethod ? M : StreamMethod<S>;

/** The name of a method that takes a stream last and answers with one; for any other name, all of them. */
export type NamedDuplex<S, M> = IsDuplex<Member<S, M>> extends true ? M : DuplexMethod<S>;

/** The name of a method of a contract; for any other name, all of them. */
export type NamedMethod<T, M> = Member<T, M> extends Method ? M : MethodName<T>;

type ArgsOf<F> = F extends (...args: infer A) => unknown ? A : F extends undefined ? [] : never;
// `Awaited` alone would make the members of each promise, to look for its `then`.
type ResultOf<F> = F extends (...args: never[]) => infer R ? (R extends Promise<infer T> ? Awaited<T> : Awaited<R>) : never;
type ItemOf<F> = ResultOf<F> extends AsyncIterable<infer T> ? T : never;
type SentOf<F> =
  ArgsOf<F> extends readonly [...unknown[], infer Last]
    ? Last extends ReadableStream
      ? never
      : Last extends AsyncIterable<infer T>
        ? T
        : never
    : never;

/** Item of a method that answers with a stream. */
export type StreamItem<S, M> = ItemOf<Member<S, M>>;

/** Item of the stream that a method takes last; `never` when it takes none. */
export type SentItem<S, M> = SentOf<Member<S, M>>;

/** Arguments of a method that takes a stream last, without that. */
export type GivenArgs<S, M> = Args<S, M> extends readonly [...infer Given, unknown] ? Given : never;

/** Arguments of a service's method. */
export type Args<S, M> = ArgsOf<Member<S, M>>;

/** Awaited result of a service's method. */
export type Result<S, M> = ResultOf<Member<S, M>>;

/** Arguments, or a function that gives them and is followed. While it gives nothing, nothing is asked for. */
export type Reactive<A> = A | (() => A | undefined | null | false | '' | 0);

/** Options of `useQuery`. */
export interface UseQueryOptions<T, R = T> extends QueryOptions<T, R> {
  /** Shows the data of the former arguments until those of the new ones are there. Default `false`. */
  readonly keepPrevious?: boolean;
}

/**
 * Optimistic update: of the entries that `invalidate` names, or of one read. It takes what is shown, `undefined` where nothing is
 * cached, and returns what to show. Signals that it sets are taken back, too.
 */
export type Optimistic<A extends readonly unknown[]> =
  // An update that takes a value and `undefined` may stand where one that takes `undefined` is expected.
  // biome-ignore lint/suspicious/noConfusingVoidType: an update may return nothing
  | ((current: undefined, ...args: A) => unknown | void)
  | {
      readonly method: string;
      readonly args?: readonly unknown[];
      // biome-ignore lint/suspicious/noConfusingVoidType: an update may return nothing
      readonly update: (current: undefined, ...args: A) => unknown | void;
    };

/** Options of `useMutation` and `NetronClient.mutate`. */
export interface MutateOptions<A extends readonly unknown[] = readonly unknown[], T = unknown> {
  /** Change to show until the server has answered; a failure takes it back. */
  readonly optimistic?: Optimistic<A>;
  /** Tags of the data that the call makes stale. */
  readonly invalidate?: readonly string[];
  readonly retry?: Exclude<QueryOptions['retry'], undefined>;
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  readonly idempotencyKey?: string;
  /** Stores the change before it is sent, and sends it when there is a network; needs the backend's option `queue`. */
  readonly queued?: boolean | string;
  /** Hears how many bytes of files and streams among the arguments were sent. */
  progress?(progress: UploadProgress): void;
  onSuccess?(data: T): void;
  onError?(error: Error): void;
}

export type { QueryOptions, UploadProgress };
