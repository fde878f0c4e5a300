/** Instances of classes: whether their own properties are complete. */
import { Unwritable } from './unwritable.js';

/** Whether a prototype adds nothing to the properties of its instances. Computed once per class. */
const bare = new WeakMap<object, boolean>();
const maxAncestors = 64;

/**
 * Checks that nothing of `object` is lost when only its own properties are sent: its class has no methods, accessors or constants for
 * instances, and no property is a function. `#private` state is invisible from outside: a class that has such state shows it by its
 * members, or its instances have no properties at all.
 *
 * @throws Unwritable with advice on what to do instead
 */
export function assertData(object: object, keys: readonly string[]): void {
  if (!isBare(Object.getPrototypeOf(object))) {
    throw new Unwritable('invalid_argument', `is an instance of ${className(object)}, whose members would be lost: ${instead}`);
  }
  if (keys.length === 0)
    throw new Unwritable('invalid_argument', `is an instance of ${className(object)} without a field to send: ${instead}`);
  for (const symbol of Object.getOwnPropertySymbols(object)) {
    if (Object.prototype.propertyIsEnumerable.call(object, symbol))
      throw new Unwritable(
        'invalid_argument',
        `is an instance of ${className(object)} with the field ${String(symbol)}, which would be lost: ${instead}`,
      );
  }
}

const instead = 'make it a service (@Service, createService), give it toJSON(), or register its class as a type of values';

/**
 * Checks that an instance of a subclass of a built-in type has no properties, which would be lost.
 *
 * @throws Unwritable when it has some
 */
export function assertNoFields(object: object, what: string, indexes = 0): void {
  const name = Object.keys(object)[indexes];
  if (name === undefined) return;
  throw new Unwritable('invalid_argument', `is a ${what} with an own field '${name.slice(0, 64)}', which would be lost`);
}

/** Returns the reason why a function that is a property of an instance cannot be sent. */
export function methodOf(object: object): string {
  return `is a function of an instance of ${className(object)}: ${instead}`;
}

/** Whether `object` is a plain object of another realm, for instance of a vm context. */
export function isForeignRecord(prototype: object): boolean {
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf');
}

function isBare(prototype: object | null): boolean {
  if (prototype === null) return true;
  const known = bare.get(prototype);
  if (known !== undefined) return known;
  let result = true;
  let at: object | null = prototype;
  for (let level = 0; at !== null && at !== Object.prototype && !isForeignRecord(at); level++) {
    const names = Reflect.ownKeys(at);
    if (level === maxAncestors || names.length > 1 || (names.length === 1 && names[0] !== 'constructor')) {
      result = false;
      break;
    }
    at = Object.getPrototypeOf(at);
  }
  bare.set(prototype, result);
  return result;
}

function className(object: object): string {
  const prototype: object | null = Object.getPrototypeOf(object);
  const made: unknown = prototype === null ? undefined : Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  const name: unknown = typeof made === 'function' ? made.name : undefined;
  return typeof name === 'string' && name !== '' ? name.slice(0, 64) : 'a class without a name';
}
