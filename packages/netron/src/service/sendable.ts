/** What the types of values say about sending them: as they are, by reference, as a stream, or not at all. */

/** Stands where a value would be that cannot be sent. The error that mentions it says why. */
export interface NotSerializable<Why extends string> {
  readonly [notSerializable]: Why;
}

declare const notSerializable: unique symbol;

/** Any function, whatever its parameters. */
export type AnyFunction = (...args: never[]) => unknown;

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
export type Passive = Primitive | Date | Error | ArrayBufferLike | ArrayBufferView | BlobLike | UrlLike | TemporalLike;

/** Values that arrive item by item. */
export type StreamLike = ReadableStream | AsyncIterable<unknown> | (Iterable<unknown> & { next(...args: never[]): unknown });

/** Type of a stream's items. */
export type ItemOf<Stream> = Stream extends AsyncIterable<infer Item> ? Item : Stream extends Iterable<infer Item> ? Item : never;

/**
 * What is special about sending a value: nothing (`never`), `reference` where something in it stays on its side, `stream`
 * where something arrives item by item, `NotSerializable` where something cannot be sent. Looks five levels deep; what
 * lies below is checked when it is sent.
 */
export type Trait<Value, Depth extends number = 5> = unknown extends Value
  ? never
  : [Value] extends [Passive]
    ? never
    : Depth extends 0
      ? never
      : TraitOf<Value, Below[Depth]>;

type Below = { readonly [depth: number]: number; 5: 4; 4: 3; 3: 2; 2: 1; 1: 0; 0: 0 };

type TraitOf<Value, Depth extends number> = Value extends Passive
  ? never
  : Value extends symbol
    ? NotSerializable<'a symbol cannot be sent'>
    : Value extends AnyFunction
      ? 'reference'
      : Value extends PromiseLike<unknown>
        ? NotSerializable<'a promise inside of data cannot be sent: await it first'>
        : Value extends StreamLike
          ? 'stream'
          : Value extends Map<infer Key, infer Item>
            ? Trait<Key, Depth> | Trait<Item, Depth>
            : Value extends Set<infer Item>
              ? Trait<Item, Depth>
              : Value extends WeakMap<infer _Key, infer _Item>
                ? NotSerializable<'a WeakMap cannot be sent'>
                : Value extends WeakSet<infer _Item>
                  ? NotSerializable<'a WeakSet cannot be sent'>
                  : Value extends WeakRef<infer _Target>
                    ? NotSerializable<'a WeakRef cannot be sent'>
                    : Value extends RegExp
                      ? NotSerializable<'a RegExp cannot be sent: send its source'>
                      : Value extends readonly (infer Item)[]
                        ? Trait<Item, Depth>
                        : Value extends object
                          ? ObjectWithMethods<Value> extends true
                            ? 'reference'
                            : { [Name in keyof Value]-?: Name extends symbol ? never : Trait<Value[Name], Depth> }[keyof Value]
                          : never;

/** The part of a trait that forbids sending. */
export type Problem<T> = Exclude<T, 'reference' | 'stream'>;

/** `true` when a member of `T` is a function: such an object is called from the other side, not copied. */
export type ObjectWithMethods<T> = [T] extends [Passive | Container] ? false : [MethodNames<T>] extends [never] ? false : true;

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
