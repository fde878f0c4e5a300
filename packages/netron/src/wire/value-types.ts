/** Classes whose instances are sent as values of their own, known by name on both nodes. */
import { described, isRecord } from '../util/check.js';
import { onlyOptions } from '../util/only-options.js';

/** A class. Its constructor may require any arguments, since it is not called. */
export type ValueClass<T extends object = object> = abstract new (...args: never[]) => T;

/** Encoding of the instances of a class. */
export interface ValueTypeOptions<T extends object, Data> {
  /** Name of the type, the same on both nodes. Default: the name of the class. Set it when code is minified. */
  readonly name?: string;
  /** Returns the data that represents an instance: any value that can be sent. */
  readonly encode: (value: T) => Data;
  /**
   * Creates the instance from the data synchronously; a promise is refused. The data comes from the peer: check it. An error refuses the
   * call or stream that it came with.
   */
  readonly decode: (data: Data) => T;
}

/** A registered class. */
export interface ValueType {
  readonly name: string;
  readonly prototype: object;
  encode(value: object): unknown;
  decode(data: unknown): unknown;
}

const namesOfOptions: Readonly<Record<keyof ValueTypeOptions<object, unknown>, true>> = {
  name: true,
  encode: true,
  decode: true,
};

const longestName = 128;
const maxAncestors = 64;
/** Built-in types with their own encoding: their instances are not looked up. */
const builtIn: readonly unknown[] = [Object, Array, Function, Error, Promise];

/** The classes of values that a node knows in addition to those of the protocol. */
export class ValueTypes {
  readonly #byName = new Map<string, ValueType>();
  readonly #byPrototype = new Map<object, ValueType>();

  /** Number of registered classes. */
  get size(): number {
    return this.#byName.size;
  }

  /**
   * Registers a class on this node; both nodes must do so for its instances to be sent. Instances of subclasses are sent as their nearest
   * registered ancestor.
   *
   * @throws TypeError when `Class` is not a class, or is a platform class whose values are sent anyway, a part of `options` is missing or
   *   unknown, or another class has the name
   * @example
   * ```ts
   * netron.types.register(Money, { encode: (money) => money.cents, decode: (cents: number) => new Money(cents) });
   * ```
   */
  register<T extends object, Data>(Class: ValueClass<T>, options: ValueTypeOptions<T, Data>): void {
    const prototype: unknown = (Class as { prototype?: unknown } | undefined)?.prototype;
    if (typeof Class !== 'function' || typeof prototype !== 'object' || prototype === null || builtIn.includes(Class))
      throw new TypeError('expected a class that is not built in');
    const form = own(prototype);
    if (form !== undefined) throw new TypeError(`a ${form} has a built-in encoding and cannot be registered`);
    if (!isRecord(options)) throw new TypeError(`options must be { encode, decode }, not ${described(options)}`);
    onlyOptions(`the type of ${Class.name || 'the class'}`, options, namesOfOptions);
    const { name = Class.name, encode, decode } = options;
    if (typeof name !== 'string' || name.length === 0 || name.length > longestName)
      throw new TypeError(`the name of a type must have 1 to ${longestName} characters: set options.name`);
    if (typeof encode !== 'function' || typeof decode !== 'function')
      throw new TypeError(`type '${name}': encode and decode must be functions`);
    const namesake = this.#byName.get(name);
    if (namesake !== undefined && namesake.prototype !== prototype)
      throw new TypeError(`another class is registered as '${name}'`);
    const before = this.#byPrototype.get(prototype);
    if (before !== undefined && before.name !== name) throw new TypeError(`'${name}' is already registered as '${before.name}'`);
    const type = { name, prototype, encode, decode } as unknown as ValueType;
    this.#byName.set(name, type);
    this.#byPrototype.set(prototype, type);
  }

  /** Returns the type of `object`: that of its class or of the nearest ancestor. */
  of(object: object): ValueType | undefined {
    if (this.#byPrototype.size === 0) return undefined;
    let prototype: object | null = Object.getPrototypeOf(object);
    for (let level = 0; prototype !== null && level < maxAncestors; level++) {
      const type = this.#byPrototype.get(prototype);
      if (type !== undefined) return type;
      prototype = Object.getPrototypeOf(prototype);
    }
    return undefined;
  }

  /** Returns the type that a peer has named. */
  named(name: string): ValueType | undefined {
    return this.#byName.get(name);
  }
}

/** Returns the name of a platform type with its own encoding on the wire; `undefined` for any other. */
function own(prototype: object): string | undefined {
  return ['Date', 'Map', 'Set', 'RegExp', 'URL', 'URLSearchParams', 'Headers', 'ArrayBuffer', 'DataView', 'Uint8Array'].find(
    (name) => (globalThis as unknown as Record<string, { prototype: unknown } | undefined>)[name]?.prototype === prototype,
  );
}
