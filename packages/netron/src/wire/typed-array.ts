import { costs } from './costs.js';
import { extensionTypes } from './extension-types.js';
import { malformed } from './malformed.js';
import type { Reader } from './reader.js';
import { Unwritable } from './unwritable.js';
import { valueFeatures } from './value-features.js';
import type { Writer } from './writer.js';

type View = new (buffer: ArrayBuffer) => ArrayBufferView | ArrayBuffer;

/** Kinds by the byte on the wire, which is the index in this list. Elements are little-endian. */
const names = [
  'ArrayBuffer',
  'DataView',
  'Int8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'BigInt64Array',
  'BigUint64Array',
  'Float16Array',
  'Float32Array',
  'Float64Array',
] as const;

const sizes = [1, 1, 1, 1, 2, 2, 4, 4, 8, 8, 2, 4, 8];
const kinds = new Map<string, number>(names.map((name, kind) => [name, kind]));
const arrays = Object.getPrototypeOf(Uint8Array.prototype) as object;
const tagOf = getter(arrays, Symbol.toStringTag);
const ofArray = { buffer: getter(arrays, 'buffer'), offset: getter(arrays, 'byteOffset'), size: getter(arrays, 'byteLength') };
const ofView = {
  buffer: getter(DataView.prototype, 'buffer'),
  offset: getter(DataView.prototype, 'byteOffset'),
  size: getter(DataView.prototype, 'byteLength'),
};

/** Returns a getter that reads the internal state, whatever an own property of the object says. */
function getter(prototype: object, name: string | symbol): () => unknown {
  return Object.getOwnPropertyDescriptor(prototype, name)!.get!;
}

/** Returns the bytes of a view, or all of a buffer, without a copy. */
export function bytesOf(value: ArrayBufferView | ArrayBuffer): Uint8Array {
  if (!ArrayBuffer.isView(value)) return new Uint8Array(value);
  const { buffer, offset, size } = tagOf.call(value) === undefined ? ofView : ofArray;
  return new Uint8Array(buffer.call(value) as ArrayBuffer, offset.call(value) as number, size.call(value) as number);
}

/** Returns the name of a kind of array. */
function nameOf(value: ArrayBufferView | ArrayBuffer): string {
  return ArrayBuffer.isView(value) ? ((tagOf.call(value) as string | undefined) ?? 'DataView') : 'ArrayBuffer';
}

/** Returns the number of a kind of array; `undefined` for a Uint8Array, which has its own encoding. */
export function arrayKind(value: ArrayBufferView | ArrayBuffer): number | undefined {
  const name = nameOf(value);
  if (name === 'Uint8Array') return undefined;
  const kind = kinds.get(name);
  if (kind === undefined) throw new Unwritable('invalid_argument', `is a ${name}`);
  return kind;
}

/** Writes an ArrayBuffer or a view of one, other than a Uint8Array, which is a bin. Bytes outside of a view are not sent. */
export function writeArrayBuffer(writer: Writer, value: ArrayBufferView | ArrayBuffer): void {
  const bytes = bytesOf(value);
  const kind = arrayKind(value);
  // A Uint8Array of another realm.
  if (kind === undefined) {
    writer.binary(bytes);
    return;
  }
  if (names[kind] === 'Float16Array') writer.need(valueFeatures.float16, 'is a Float16Array');
  writer.spend(costs.array);
  const start = writer.beginExtension(extensionTypes.array);
  writer.u8(kind);
  writer.bytes(bytes);
  writer.endExtension(start);
}

/** Reads the extension's body into new memory. A type that this runtime lacks refuses only the single value. */
export function readArrayBuffer(reader: Reader): ArrayBufferView | ArrayBuffer | undefined {
  const { bytes, position, end } = reader;
  reader.spend(costs.array);
  if (position === end) throw malformed('an array of an unknown kind');
  reader.position = end;
  const kind = bytes[position]!;
  return make(kind, bytes.subarray(position + 1, end)) ?? reader.refuse(`a ${names[kind]}, which this runtime does not support`);
}

/**
 * Creates an array from a copy of its bytes.
 *
 * @throws NetronError `invalid_argument` when the kind is unknown here, or the bytes are not a whole number of elements
 */
export function makeArray(kind: number, bytes: Uint8Array): ArrayBufferView | ArrayBuffer {
  const array = make(kind, bytes);
  if (array === undefined) throw malformed(`a ${names[kind]}, which this runtime does not support`);
  return array;
}

/** @returns `undefined` when the runtime lacks the type */
function make(kind: number, bytes: Uint8Array): ArrayBufferView | ArrayBuffer | undefined {
  const name = names[kind];
  if (name === undefined) throw malformed('an array of an unknown kind');
  if (bytes.length % sizes[kind]! !== 0) throw malformed('an array with a part of an element');
  const { [name]: View } = globalThis as unknown as Record<string, View | undefined>;
  if (View === undefined) return undefined;
  const { buffer } = new Uint8Array(bytes);
  return kind === 0 ? buffer : new View(buffer);
}
