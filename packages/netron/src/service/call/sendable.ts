/** Types that determine how values are sent: as they are, by reference, as a stream, or not at all. */

/** Type in place of a value that cannot be sent. A compiler error that mentions it states the reason. */
export interface NotSerializable<Why extends string> {
  readonly [notSerializable]: Why;
}

declare const notSerializable: unique symbol;

/** Any function, whatever its parameters. */
export type AnyFunction = (...args: never[]) => unknown;

/**
 * Mark for a class that is registered in `ValueTypes`. The types do not know which classes are registered and treat an object with
 * methods as a service: declare `declare readonly [sentAsValue]: true;` in the class. It does not exist at run time.
 */
export declare const sentAsValue: unique symbol;

/** An instance of a class with that mark. */
interface MarkedAsValue {
  readonly [sentAsValue]: true;
}

declare const filledByCallee: unique symbol;

/** Mark of a value that the callee fills instead of the caller. */
export interface FilledMark {
  readonly [filledByCallee]: true;
}

/**
 * Type of a parameter that the callee fills (`@Public({ fill })`, `createParameter`): callers of the service do not see it. Code that calls
 * the method itself, for instance a test, passes `value as Filled<T>`.
 */
export type Filled<T> = T & FilledMark;

/** `true` for `any` only. */
export type IsAny<T> = 0 extends 1 & T ? true : false;

// biome-ignore lint/suspicious/noConfusingVoidType: the result type of a method that returns nothing
type Primitive = string | number | bigint | boolean | null | undefined | void;

interface BlobLike {
  readonly size: number;
  readonly type: string;
  arrayBuffer(): Promise<ArrayBuffer>;
}

interface UrlLike {
  readonly href: string;
  readonly searchParams: object;
}

interface TemporalLike {
  readonly [Symbol.toStringTag]: `Temporal.${string}`;
}

/** Values that arrive as the type that was sent. */
export type Passive =
  | Primitive
  | Date
  | Error
  | ArrayBufferLike
  | ArrayBufferView
  | BlobLike
  | UrlLike
  | RegExp
  | URLSearchParams
  | Headers
  | WritableStream
  | TemporalLike
  | MarkedAsValue;

/** Values that arrive item by item. */
export type StreamLike = ReadableStream | AsyncIterable<unknown> | (Iterable<unknown> & { next(...args: never[]): unknown });

/** Type of a stream's items. */
export type ItemOf<Stream> = Stream extends AsyncIterable<infer Item> ? Item : Stream extends Iterable<infer Item> ? Item : never;

/** Values that cannot be sent. */
export type Forbidden = symbol | PromiseLike<unknown> | WeakMap<WeakKey, unknown> | WeakSet<WeakKey> | WeakRef<WeakKey>;

/** Type in place of a value that cannot be sent. */
export type Refusal<Value> = Value extends symbol
  ? NotSerializable<'a symbol cannot be sent'>
  : Value extends PromiseLike<unknown>
    ? NotSerializable<'a promise inside of data cannot be sent: await it first'>
    : NotSerializable<'what is held weakly cannot be sent'>;

/**
 * Whether a value needs more than being copied: `never` for plain data, `special` when something in it stays on its side, arrives
 * item by item, or cannot be sent. Looks five levels deep; deeper levels are checked only when the value is sent.
 */
export type Special<Value, Depth extends number = 5> = unknown extends Value
  ? never
  : [Value] extends [Passive]
    ? never
    : Depth extends 0
      ? never
      : SpecialPart<Value, Below[Depth]>;

type Below = { readonly [depth: number]: number; 5: 4; 4: 3; 3: 2; 2: 1; 1: 0; 0: 0 };

type SpecialPart<Value, Depth extends number> = Value extends Passive
  ? never
  : Value extends AnyFunction | Forbidden | StreamLike
    ? 'special'
    : Value extends readonly (infer Item)[]
      ? Special<Item, Depth>
      : Value extends ReadonlyMap<infer Key, infer Item>
        ? Special<Key | Item, Depth>
        : Value extends ReadonlySet<infer Item>
          ? Special<Item, Depth>
          : Value extends object
            ? { [Name in keyof Value]-?: Special<Value[Name], Depth> }[keyof Value]
            : never;

/** `true` when a member of `T` is a function: such an object is called from the other side instead of copied. */
export type ObjectWithMethods<T> = [T] extends [Passive | Container | Forbidden]
  ? false
  : [MethodNames<T>] extends [never]
    ? false
    : true;

type Container = readonly unknown[] | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>;

type MethodNames<T> = {
  [Name in keyof T]-?: Name extends symbol
    ? never
    : unknown extends T[Name]
      ? never
      : [NonNullable<T[Name]>] extends [never]
        ? never
        : NonNullable<T[Name]> extends AnyFunction
          ? Name
          : never;
}[keyof T];
