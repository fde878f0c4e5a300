/** Kinds of objects with their own prototype: one rule for every encoding. An object that would lose a part of itself is refused. */
import { madeElsewhere } from '../util/copy.js';
import { hearPromise } from '../util/hear-promise.js';
import { assertData, assertNoFields, isForeignRecord } from './instances.js';
import { Unwritable } from './unwritable.js';

/** Kind of a value for which the platform has a class. */
export type BuiltInKind = 'bytes' | 'date' | 'map' | 'set' | 'error' | 'url' | 'array' | 'regexp';

/**
 * Returns the kind of an instance of a platform class of this realm; `undefined` for any other object.
 *
 * @throws Unwritable when it has properties of its own, which would be lost
 */
export function builtInKind(object: object, prototype: object): BuiltInKind | undefined {
  if (object instanceof Uint8Array) return 'bytes';
  if (object instanceof Date) {
    if (prototype !== Date.prototype) assertNoFields(object, 'Date');
    return 'date';
  }
  if (object instanceof Map) {
    if (prototype !== Map.prototype) assertNoFields(object, 'Map');
    return 'map';
  }
  if (object instanceof Set) {
    if (prototype !== Set.prototype) assertNoFields(object, 'Set');
    return 'set';
  }
  if (object instanceof Error) return 'error';
  if (object instanceof URL) return 'url';
  if (ArrayBuffer.isView(object) || object instanceof ArrayBuffer) return 'array';
  if (object instanceof RegExp) {
    assertNoFields(object, 'RegExp');
    return 'regexp';
  }
  return undefined;
}

/** Returns the kind of an object of another realm, of a boxed primitive, or of an instance of a class (`data`). */
export function otherKind(object: object, prototype: object): BuiltInKind | 'boxed' | 'record' | 'data' {
  const tag = tagOf(object);
  // The name that a class gives itself does not tell what it is.
  if (Symbol.toStringTag in object) {
    if (tag === 'Map') return 'map';
    if (tag === 'Set') return 'set';
    if (tag === 'ArrayBuffer') return 'array';
    if (tag === 'BigInt') return 'boxed';
  } else {
    if (tag === 'Date') return 'date';
    if (tag === 'Error') return 'error';
    if (tag === 'RegExp') return 'regexp';
    if (tag === 'Number' || tag === 'String' || tag === 'Boolean') return 'boxed';
  }
  return isForeignRecord(prototype) ? 'record' : 'data';
}

/** Returns the type that an object claims, for instance `Map`. */
export function tagOf(object: object): string {
  return Object.prototype.toString.call(object).slice(8, -1);
}

/** Content of a class instance: the result of its `toJSON`, or the names of its properties when they are complete. */
export type Data = { readonly json: unknown } | { readonly keys: readonly string[] };

/** @throws Unwritable when a part of it would be lost */
export function dataOf(object: object): Data {
  const elsewhere = madeElsewhere(object);
  if (elsewhere !== undefined) throw new Unwritable('invalid_argument', elsewhere);
  const { toJSON } = object as { toJSON?: unknown };
  if (typeof toJSON === 'function') return { json: toJSON.call(object, '') };
  const tag = tagOf(object);
  // A promise, a generator, a weak reference, …: platform classes have state that no property shows.
  if (tag !== 'Object') {
    hearPromise(object);
    throw new Unwritable('invalid_argument', `is ${/^[AEIOU]/.test(tag) ? 'an' : 'a'} ${tag}`);
  }
  const keys = Object.keys(object);
  assertData(object, keys);
  return { keys };
}
