/** Types between services and components: contracts, arguments, results, options. */
import type {
  CacheManagerOptions,
  HttpPeerOptions,
  MethodName,
  NetronMiddleware,
  QueryOptions,
  Remote,
  RetryManagerOptions,
  UploadProgress,
} from '@omnitron-dev/netron-browser';
import type { Class } from '@omnitron-dev/nexus';

/** A backend: its address, and options of `HttpRemotePeer`. Cache and retries default to those of all backends. */
export interface BackendOptions extends Omit<HttpPeerOptions, 'name' | 'middleware' | 'recordWrites'> {
  readonly url: string;
  /** Middleware, as classes that the container creates, or as objects. */
  readonly middleware?: readonly (Class<NetronMiddleware> | NetronMiddleware)[];
}

/** A service whose version on the server differs from the version that the page knows. */
export interface Skew {
  readonly backend: string;
  readonly service: string;
  /** Version at the start of the page. */
  readonly known: string;
  readonly server: string;
}

/** Backends by name. */
export type Backends = Readonly<Record<string, string | BackendOptions>>;

/** Configuration of the Netron layer: one address, or several backends. */
export interface NetronModuleConfig {
  /** Address of the only backend, which is named `main`. */
  readonly baseUrl?: string;
  readonly backends?: Backends | undefined;
  /** Name of the backend of services that set none. Default: the first. */
  readonly default?: string | undefined;
  /** Cache of all backends. */
  readonly cache?: CacheManagerOptions;
  /** Retries of all backends. Default: only calls that request it are retried. */
  readonly retry?: RetryManagerOptions;
}

/** A service class, which extends `NetronService` or `NetronStore`. */
export type ServiceClass<S extends object> = abstract new (...args: never[]) => S;

// Compared as a whole: a contract of thousands of methods is examined once per class.
type Method = (...args: never[]) => unknown;
type AsynchronousMethod = (...args: never[]) => Promise<unknown> | AsyncIterable<unknown>;
type StreamingMethod = (...args: never[]) => AsyncIterable<unknown> | Promise<AsyncIterable<unknown>>;

type Asynchronous<T> = {
  [Name in keyof T]: T[Name] extends AsynchronousMethod ? true : T[Name] extends Method ? false : true;
}[keyof T];

/** A service as a page calls it: unchanged if all its methods are asynchronous, which keeps generics; otherwise its remote form. */
export type Contract<T> = false extends Asynchronous<T> ? Remote<T> : T;

// Each is the outcome of a condition that always holds: errors then list the names, instead of that of the type.

/** Names of the methods that can be queried: those with a single result. */
export type QueryMethod<S> = S extends unknown
  ? { [Name in keyof S]: IsQuery<S[Name]> extends true ? Name : never }[keyof S] & string
  : never;

/** Names of the methods that return a stream. */
export type StreamMethod<S> = S extends unknown
  ? { [Name in keyof S]: S[Name] extends StreamingMethod ? Name : never }[keyof S] & string
  : never;

/** Names of the methods whose last parameter is a stream and which return one. */
export type DuplexMethod<S> = S extends unknown
  ? { [Name in keyof S]: IsDuplex<S[Name]> extends true ? Name : never }[keyof S] & string
  : never;

// `keyof S` and whatever asks for it costs as much as the contract is long, each time: a method is looked up without it, and
// all names are asked for only when the one that is given is wrong. Names are inferred as they are written, so that a wrong
// one is an error of its own and does not make the compiler compare the types of all methods.

/** The member of a name; `undefined` if there is none. */
type Member<S, M> = M extends string
  ? S extends { readonly [Name in M]: infer Found }
    ? unknown extends Found
      ? Indexed<S, M>
      : Found
    : Indexed<S, M>
  : never;
/** The same for contracts with an index signature, and `any`. */
type Indexed<S, M> = M extends keyof S ? S[M] : undefined;

type IsQuery<F> = F extends StreamingMethod
  ? IsItems<ResultOf<F>> extends true
    ? false
    : true
  : F extends Method
    ? true
    : false;
/** Whether a result is certainly a stream: `any`, `never` and the result of a generic method could be anything. */
type IsItems<R> = 0 extends 1 & R ? false : [R] extends [never] ? false : R extends AsyncIterable<unknown> ? true : false;
type IsDuplex<F> = [SentOf<F>] extends [never] ? false : [ItemOf<F>] extends [never] ? false : true;

// A contract that is `any` has every method.
type MayQuery<F> = 0 extends 1 & F ? true : IsQuery<F>;
type MayDuplex<F> = 0 extends 1 & F ? true : IsDuplex<F>;

/** The name of a method that can be queried; for any other name, the union of all such names. */
export type NamedQuery<S, M> = MayQuery<Member<S, M>> extends true ? M : QueryMethod<S>;

/** The name of a method that returns a stream; for any other name, the union of all such names. */
export type NamedStream<S, M> = Member<S, M> extends StreamingMethod ? M : StreamMethod<S>;

/** The name of a method for `useDuplex`; for any other name, the union of all such names. */
export type NamedDuplex<S, M> = MayDuplex<Member<S, M>> extends true ? M : DuplexMethod<S>;

/** The name of a method of a contract; for any other name, the union of all names. */
export type NamedMethod<T, M> = Member<T, M> extends Method ? M : MethodName<T>;

type ArgsOf<F> = 0 extends 1 & F ? unknown[] : F extends (...args: infer A) => unknown ? A : F extends undefined ? [] : never;
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

/** Item type of a method that returns a stream. */
export type StreamItem<S, M> = ItemOf<Member<S, M>>;

/** Item type of the stream that a method takes last; `never` if it takes none. */
export type SentItem<S, M> = SentOf<Member<S, M>>;

/** Arguments of a method whose last parameter is a stream, without that stream. */
export type GivenArgs<S, M> =
  Args<S, M> extends readonly [...infer Given, unknown] ? Given : unknown[] extends Args<S, M> ? unknown[] : [];

/** Arguments of a service's method. */
export type Args<S, M> = ArgsOf<Member<S, M>>;

/** Awaited result of a service's method. */
export type Result<S, M> = ResultOf<Member<S, M>>;

/** Arguments, or a function that returns them and is tracked. While it returns nothing, nothing is requested. */
export type Reactive<A> = A | (() => A | undefined | null | false | '' | 0);

/** Options of `useQuery`. */
export interface UseQueryOptions<T, R = T> extends QueryOptions<T, R> {
  /** Shows the data of the previous arguments until the new data arrives. Default `false`. */
  readonly keepPrevious?: boolean;
}

/** Receives the current data of a query, `undefined` if nothing is cached, and returns the data to show; nothing leaves it unchanged. */
// biome-ignore lint/suspicious/noConfusingVoidType: an update may return nothing
export type OptimisticUpdate<T, A extends readonly unknown[]> = (current: T | undefined, ...args: A) => T | undefined | void;

/** Optimistic update of one query of a service. `args` is required if the query has required arguments. */
export type OptimisticQuery<S, M, A extends readonly unknown[]> = {
  readonly method: NamedQuery<S, M>;
  readonly update: OptimisticUpdate<Result<S, M>, A>;
} & ([] extends Args<S, M> ? { readonly args?: Args<S, M> } : { readonly args: Args<S, M> });

/**
 * Optimistic update of the entries with a tag of `invalidate`, whose data `T` is annotated, or of one query of the service,
 * whose data is known. Signals that it sets are rolled back, too.
 */
export type Optimistic<S, M, A extends readonly unknown[], T> = OptimisticUpdate<T, A> | OptimisticQuery<S, M, A>;

// An update that takes a value and `undefined` may stand where one that takes `undefined` is expected.
// biome-ignore lint/suspicious/noConfusingVoidType: an update may return nothing
type AnnotatedUpdate<A extends readonly unknown[]> = (current: undefined, ...args: A) => unknown | void;

/** Optimistic update of a service by its name, whose data is annotated. */
export type UntypedOptimistic<A extends readonly unknown[]> =
  | AnnotatedUpdate<A>
  | { readonly method: string; readonly args?: readonly unknown[]; readonly update: AnnotatedUpdate<A> };

/** Options of `useMutation` and `NetronClient.mutate`. */
export interface MutateOptions<A extends readonly unknown[] = readonly unknown[], T = unknown, O = UntypedOptimistic<A>> {
  /** Data to show until the server has answered; a failure rolls it back. */
  readonly optimistic?: O;
  /** Tags of the data that the call invalidates. */
  readonly invalidate?: readonly string[];
  readonly retry?: Exclude<QueryOptions['retry'], undefined>;
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  readonly idempotencyKey?: string;
  /** Stores the mutation before it is sent, and sends it when there is a network; needs the option `queue` of the backend. */
  readonly queued?: boolean | string;
  /** Receives the number of bytes sent of files and streams among the arguments. */
  progress?(progress: UploadProgress): void;
  onSuccess?(data: T): void;
  onError?(error: Error): void;
}

/** Default options of a mutation in `defineNetronService`. */
export interface DefaultMutateOptions<S, M> extends MutateOptions<Args<S, M>, Result<S, M>, unknown> {
  /** Data to show until the server has answered. Of entries with a tag, its type is annotated. */
  readonly optimistic?:
    | AnnotatedUpdate<Args<S, M>>
    | { [Q in QueryMethod<S>]: OptimisticQuery<S, Q, Args<S, M>> }[QueryMethod<S>];
}

export type { QueryOptions, UploadProgress };
