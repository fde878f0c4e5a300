/** Types that tell how values are sent: as they are, by reference, as a stream, or not at all. */

/** Stands where a value would be that cannot be sent. The error that mentions it says why. */
export interface NotSerializable<Why extends string> {
  readonly [notSerializable]: Why;
}

declare const notSerializable: unique symbol;

/** Any function, whatever its parameters. */
export type AnyFunction = (...args: never[]) => unknown;

/**
 * Mark of a class that is registered in `ValueTypes`, for types, which do not know what is registered and take an object with
 * methods for a service: `declare readonly [sentAsValue]: true;` in the class. There is nothing of it at run time.
 */
export declare const sentAsValue: unique symbol;

/** An instance of a class with that mark. */
interface MarkedAsValue {
  readonly [sentAsValue]: true;
}

declare const filledByCallee: unique symbol;

/** A value that is not the caller's to give. */
export interface FilledMark {
  readonly [filledByCallee]: true;
}

/**
 * A parameter that the callee fills (`@Public({ fill })`, `createParameter`): callers of the method do not see it. Who calls
 * the method itself, in a test for instance, gives `value as Filled<T>`.
 */
export type Filled<T> = T & FilledMark;

/** `true` for `any` and for nothing else. */
export type IsAny<T> = 0 extends 1 & T ? true : false;

// biome-ignore lint/suspicious/noConfusingVoidType: the result of a method that returns nothing
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

/** Values that arrive as what they were sent as. */
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

/** Type in the place of a forbidden value. */
export type Refusal<Value> = Value extends symbol
  ? NotSerializable<'a symbol cannot be sent'>
  : Value extends PromiseLike<unknown>
    ? NotSerializable<'a promise inside of data cannot be sent: await it first'>
    : NotSerializable<'what is held weakly cannot be sent'>;

/**
 * Whether something about a value makes a difference to sending it as it is: `never` for plain data, `special` where
 * something in it stays on its side, arrives item by item, or cannot be sent. Looks five levels deep; what lies below is
 * checked when it is sent.
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

/** `true` when a member of `T` is a function: such an object is called from the other side, not copied. */
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
