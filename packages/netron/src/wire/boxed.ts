import { costs } from './costs.js';
import { tagOf } from './instance-kind.js';
import { assertNoFields } from './instances.js';
import { malformed } from './malformed.js';
import type { Reader } from './reader.js';

const numberOf = Number.prototype.valueOf;
const textOf = String.prototype.valueOf;
const flagOf = Boolean.prototype.valueOf;
const integerOf = BigInt.prototype.valueOf;

/** First byte of the extension's body: a MessagePack array of one element, the primitive. */
export const boxOfOne = 0x91;

/**
 * Returns the primitive of a boxed one, such as `Object(1)`.
 *
 * @throws Unwritable when the object has properties of its own
 */
export function unboxed(object: object): unknown {
  const tag = tagOf(object);
  const value = primitiveIn(object, tag);
  assertNoFields(object, tag, typeof value === 'string' ? value.length : 0);
  return value;
}

function primitiveIn(object: object, tag: string): unknown {
  switch (tag) {
    case 'Number':
      return numberOf.call(object);
    case 'String':
      return textOf.call(object);
    case 'Boolean':
      return flagOf.call(object);
    default:
      return integerOf.call(object);
  }
}

/** Boxes the primitive in an extension. */
export function boxed(reader: Reader, value: unknown): object {
  reader.spend(costs.boxed);
  return box(value);
}

/** @throws NetronError `invalid_argument` when `value` is not a primitive */
export function box(value: unknown): object {
  if (value === undefined || value === null || typeof value === 'object' || typeof value === 'function')
    throw malformed('a boxed value that is not a primitive');
  return Object(value) as object;
}
