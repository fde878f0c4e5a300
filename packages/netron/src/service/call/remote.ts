/**
 * Types of a service as its caller sees it. A member's type is computed only when the member is used: for a service of 3,000
 * methods, the compiler does the work only for the methods that a program calls.
 */
import type { Call } from '../../middleware/call.js';
import type { serviceEvents } from '../emitter.js';
import type { RemoteEvents } from './remote-events.js';
import type {
  AnyFunction,
  FilledMark,
  Forbidden,
  IsAny,
  ItemOf,
  ObjectWithMethods,
  Passive,
  Refusal,
  Special,
  StreamLike,
} from './sendable.js';

/**
 * Proxy type for a service of type `T`, a class or an interface.
 *
 * - A method returns a promise, or a `RemoteStream` when it is a generator or returns an `AsyncIterable`.
 * - A property is read by awaiting it.
 * - Functions and service objects in arguments and results stay on their side and are called from the other side.
 * - Parameters of type `RequestContext` are filled by the callee; they are left out.
 * - A value that cannot be sent has the type `NotSerializable`, which states the reason.
 *
 * An interface whose methods already return promises of plain data is unchanged, type parameters and overloads included.
 */
export type Remote<T> =
  IsAny<T> extends true
    ? T
    : typeof serviceEvents extends keyof T
      ? RemoteMembers<Omit<T, keyof RemoteEvents<never>>> & RemoteEvents<EventsOf<T>>
      : RemoteMembers<T>;

/** Members by their names in the service. */
export type RemoteMembers<T> = { readonly [Name in keyof T]: Name extends symbol ? unknown : RemoteMember<T[Name]> };

type EventsOf<T> = T extends { readonly [serviceEvents]?: infer Events } ? NonNullable<Events> : never;

type RemoteMember<Member> =
  IsAny<Member> extends true
    ? Promise<Member>
    : NonNullable<Member> extends AnyFunction
      ? RemoteMethod<NonNullable<Member>> | Extract<Member, undefined>
      : Promise<ResultValue<Awaited<Member>>>;

/** A method as its caller sees it. */
export type RemoteMethod<Method> = Method extends (...args: infer Args) => infer Result
  ? [ArgsTrait<Args> | ResultTrait<Result>] extends [never]
    ? Method
    : ((...args: Args) => Result) extends Method
      ? (...args: RemoteArgs<Args>) => RemoteResult<Result>
      : // Type parameters and overloads cannot be mapped: the declared type is kept where it is also correct for callers.
        [ContextTrait<Args> | ResultTrait<Result>] extends [never]
        ? Method & ((...args: RemoteArgs<Args>) => RemoteResult<Result>)
        : (...args: RemoteArgs<Args>) => RemoteResult<Result>
  : never;

/** Reasons why the declared parameters differ from the caller's: none for plain data. */
type ArgsTrait<Args extends readonly unknown[]> = [Args] extends [readonly Passive[]]
  ? [Extract<Args[number], FilledMark>] extends [never]
    ? never
    : 'context'
  : Special<Args[number]> | ContextTrait<Args>;

/** Reasons why the declared result differs from the caller's: none for a promise of plain data. */
type ResultTrait<Result> = [IsAny<Result>, Result] extends [false, never]
  ? 'sync'
  : [Result] extends [Promise<infer Value>]
    ? Special<Value> | (IsAny<Result> extends true ? 'sync' : never)
    : 'sync';

/** `context` when one of the parameters receives the call's context or is filled by the callee in another way. */
export type ContextTrait<Args extends readonly unknown[]> = Args extends readonly (infer Arg)[]
  ? unknown extends Arg
    ? never
    : Arg extends Call | FilledMark
      ? 'context'
      : never
  : never;

/** A method's arguments as its caller passes them. */
export type RemoteArgs<Args extends readonly unknown[]> = [ContextTrait<Args>] extends [never]
  ? ArgumentValues<Args>
  : ArgumentValues<WithoutContext<Args>>;

type ArgumentValues<Args extends readonly unknown[]> = { [Index in keyof Args]: ArgumentValue<Args[Index]> };

type WithoutContext<Args extends readonly unknown[]> = Args extends readonly [infer First, ...infer Rest]
  ? unknown extends First
    ? [First, ...WithoutContext<Rest>]
    : First extends Call | FilledMark
      ? WithoutContext<Rest>
      : [First, ...WithoutContext<Rest>]
  : Args extends readonly [(infer Last)?]
    ? [NonNullable<Last>] extends [Call | FilledMark]
      ? []
      : Args
    : Args;

/**
 * A method's result as its caller receives it: a promise. If the result is a service object, its members can be called before it has
 * arrived, in the same round trip.
 */
export type RemoteResult<Result> = unknown extends Result
  ? Promise<Result>
  : [Awaited<Result>] extends [never]
    ? Promise<never>
    : [Special<Awaited<Result>>] extends [never]
      ? Promise<Awaited<Result>>
      : SpecialResult<Awaited<Result>>;

type SpecialResult<Value> = [Value] extends [ReadableStream]
  ? Promise<Value>
  : [Value] extends [StreamLike]
    ? RemoteStream<ItemOf<Value>, ReturnedBy<Value>, GivenTo<Value>>
    : [Value] extends [AnyFunction]
      ? Promise<RemoteFunction<Value>>
      : [Value] extends [object]
        ? ObjectWithMethods<Value> extends true
          ? Promise<RemoteObject<Value>> & Remote<Value>
          : Promise<Received<Value>>
        : Promise<Received<Value>>;

/** A function on the other side. Released by `using`, by `[Symbol.dispose]()`, or when it is garbage-collected. */
export type RemoteFunction<F> = RemoteMethod<F> & Disposable;

/** A service object on the other side. Released like a `RemoteFunction`. */
export type RemoteObject<T> = Remote<T> & Disposable;

/**
 * Result of `queryInterface<T>`: a `RemoteObject<T>`. Where `T` is still a type parameter it can also be returned as a
 * `T`, so that a wrapper `get<T>(): Promise<T>` can be written; the compiler does not check that `T`.
 */
export type Queried<T> = Taken<RemoteObject<T>, T>;

// For a type parameter, the compiler knows only that both branches of a conditional type are assignable, and it ignores a branch
// that is `any`: `Loose<T>` is assignable to `T`, and for every object it is `any`, to which any given type is assignable.
type Taken<Given, T> = Given extends Loose<T> ? Given : never;

// biome-ignore lint/suspicious/noExplicitAny: see above
type Loose<T> = [T] extends [object] ? any : T;

/**
 * A stream from the other side: use `for await` with the call itself, or with its awaited result. Leaving the loop tells the
 * producer to stop. `R` is the return value of its generator, the value of the last step; `N` is the argument of `next(value)`, with
 * the call's option `steps`.
 */
export interface RemoteStream<T, R = void, N = undefined> extends AsyncGenerator<T, R, N>, Promise<AsyncGenerator<T, R, N>> {
  /** Tells the producer to stop. The argument is optional: the producer does not receive it. */
  return(value?: R | PromiseLike<R>): Promise<IteratorResult<T, R>>;
}

type GivenTo<Value> =
  Value extends AsyncGenerator<unknown, unknown, infer N> ? (unknown extends N ? undefined : ArgumentValue<N>) : undefined;

type ReturnedBy<Value> =
  // biome-ignore lint/suspicious/noConfusingVoidType: the type that a generator without a return value is declared with
  Value extends AsyncGenerator<unknown, infer R, infer _Next> ? ([R] extends [void] ? void : ResultValue<R>) : void;

/** Type of a value as the caller receives it. */
export type ResultValue<Value> = [Special<Value>] extends [never] ? Value : Received<Value>;

type Received<Value> = Value extends Passive | StreamLike
  ? Value
  : Value extends AnyFunction
    ? RemoteFunction<Value>
    : Value extends Forbidden
      ? Refusal<Value>
      : Value extends Map<infer Key, infer Item>
        ? Map<ResultValue<Key>, ResultValue<Item>>
        : Value extends Set<infer Item>
          ? Set<ResultValue<Item>>
          : ObjectWithMethods<Value> extends true
            ? RemoteObject<Value>
            : { [Name in keyof Value]: ResultValue<Value[Name]> };

/** Type of a value as the caller may pass it. */
export type ArgumentValue<Value> = [Special<Value>] extends [never] ? Value : Given<Value>;

type Given<Value> = Value extends Passive
  ? Value
  : Value extends ReadableStream<infer Item>
    ? ReadableStream<Item> | AsyncIterable<Item>
    : Value extends AsyncIterable<infer Item>
      ? AsyncIterable<Item>
      : Value extends AnyFunction
        ? RemoteCallback<Value>
        : Value extends Forbidden
          ? Refusal<Value>
          : Value extends Map<infer Key, infer Item>
            ? Map<ArgumentValue<Key>, ArgumentValue<Item>>
            : Value extends Set<infer Item>
              ? Set<ArgumentValue<Item>>
              : Value extends readonly unknown[]
                ? { [Index in keyof Value]: ArgumentValue<Value[Index]> }
                : // The caller keeps its own object, so it needs no `[Symbol.dispose]`.
                  { [Name in keyof Value as Name extends symbol ? never : Name]: ArgumentValue<Value[Name]> };

/** A function that the caller passes to a method: it may return its result or a promise of it. */
export type RemoteCallback<F> = F extends (...args: infer Args) => infer Result
  ? (...args: { [Index in keyof Args]: ResultValue<Args[Index]> }) => Result | Awaited<Result> | PromiseLike<Awaited<Result>>
  : never;
