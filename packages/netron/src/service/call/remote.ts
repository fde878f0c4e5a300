/**
 * The caller's view of a service, as types. Members are looked at when they are used, not before: a service of 3,000
 * methods costs the compiler what the methods cost that a program calls.
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
 * - A method answers with a promise, or with a `RemoteStream` when it is a generator or returns an `AsyncIterable`.
 * - A property is read by awaiting it.
 * - Functions and service objects in arguments and results stay where they are and are called from the other side.
 * - Parameters of type `RequestContext` are not the caller's to give; they are left out.
 * - What cannot be sent is a `NotSerializable` that says why.
 *
 * An interface whose methods already return promises of plain data comes out as it is, type parameters and overloads
 * included.
 */
export type Remote<T> =
  IsAny<T> extends true
    ? T
    : typeof serviceEvents extends keyof T
      ? RemoteMembers<Omit<T, keyof RemoteEvents<never>>> & RemoteEvents<EventsOf<T>>
      : RemoteMembers<T>;

/** Members by the name the service gives them. */
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
      : // Type parameters and overloads cannot be mapped: kept where the declared type holds for callers, too.
        [ContextTrait<Args> | ResultTrait<Result>] extends [never]
        ? Method & ((...args: RemoteArgs<Args>) => RemoteResult<Result>)
        : (...args: RemoteArgs<Args>) => RemoteResult<Result>
  : never;

/** Obstacles to a remote call with the declared parameters: none for plain data. */
type ArgsTrait<Args extends readonly unknown[]> = [Args] extends [readonly Passive[]]
  ? [Extract<Args[number], FilledMark>] extends [never]
    ? never
    : 'context'
  : Special<Args[number]> | ContextTrait<Args>;

/** Obstacles to a remote call with the declared result: none for a promise of plain data. */
type ResultTrait<Result> = [IsAny<Result>, Result] extends [false, never]
  ? 'sync'
  : [Result] extends [Promise<infer Value>]
    ? Special<Value> | (IsAny<Result> extends true ? 'sync' : never)
    : 'sync';

/** `context` when one of the parameters receives the call's context, or is filled by the callee otherwise. */
export type ContextTrait<Args extends readonly unknown[]> = Args extends readonly (infer Arg)[]
  ? unknown extends Arg
    ? never
    : Arg extends Call | FilledMark
      ? 'context'
      : never
  : never;

/** A method's arguments as its caller gives them. */
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
 * A method's result as its caller gets it: a promise, on which members of a service object can be called before it has
 * arrived, in the same flight.
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

/** A function on the other side. Released by `using`, by `[Symbol.dispose]()`, or when nothing refers to it any more. */
export type RemoteFunction<F> = RemoteMethod<F> & Disposable;

/** A service object on the other side. Released as `RemoteFunction` is. */
export type RemoteObject<T> = Remote<T> & Disposable;

/**
 * Result of `queryInterface<T>`: a `RemoteObject<T>`. Where `T` is still a type parameter it can also be returned as a
 * `T`, so that `get<T>(): Promise<T>` can be written around it; `T` is then taken at its word.
 */
export type Queried<T> = Taken<RemoteObject<T>, T>;

// Of a type parameter the compiler knows only that both branches of a conditional type fit. A branch that is `any` it
// leaves out: `Loose<T>` fits `T`, and for every object it is `any`, which whatever was given fits.
type Taken<Given, T> = Given extends Loose<T> ? Given : never;

// biome-ignore lint/suspicious/noExplicitAny: see above
type Loose<T> = [T] extends [object] ? any : T;

/**
 * Items from the other side: `for await` over the call, or over what awaiting the call gives. Leaving the loop tells the
 * producer to stop. `R` is what its generator returns, the value of the last step; `N` what it is given by `next(value)`, with the
 * call's option `steps`.
 */
export interface RemoteStream<T, R = void, N = undefined> extends AsyncGenerator<T, R, N>, Promise<AsyncGenerator<T, R, N>> {
  /** Tells the producer to stop. Nothing has to be given: the producer does not get it. */
  return(value?: R | PromiseLike<R>): Promise<IteratorResult<T, R>>;
}

type GivenTo<Value> =
  Value extends AsyncGenerator<unknown, unknown, infer N> ? (unknown extends N ? undefined : ArgumentValue<N>) : undefined;

type ReturnedBy<Value> =
  // biome-ignore lint/suspicious/noConfusingVoidType: what a generator without a return value is declared with
  Value extends AsyncGenerator<unknown, infer R, infer _Next> ? ([R] extends [void] ? void : ResultValue<R>) : void;

/** A value as it arrives at the caller. */
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

/** A value as the caller may give it. */
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
                : // The caller's own object stays where it is: it needs no `[Symbol.dispose]`.
                  { [Name in keyof Value as Name extends symbol ? never : Name]: ArgumentValue<Value[Name]> };

/** A function that the caller gives to a method: it may answer at once or with a promise. */
export type RemoteCallback<F> = F extends (...args: infer Args) => infer Result
  ? (...args: { [Index in keyof Args]: ResultValue<Args[Index]> }) => Result | Awaited<Result> | PromiseLike<Awaited<Result>>
  : never;
