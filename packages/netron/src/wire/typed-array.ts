import { costs } from './costs.js';
import { extensionTypes } from './extension-types.js';
import { malformed } from './malformed.js';
import type { Reader } from './reader.js';
import { Unwritable } from './unwritable.js';
import type { Writer } from './writer.js';

type View = new (buffer: ArrayBuffer) => ArrayBufferView | ArrayBuffer;

/** The byte that says which kind follows is the position in this list. Elements are little-endian. */
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
const tagOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)!.get!;

/** Writes an ArrayBuffer or a view of one, but for Uint8Array, which is a bin. The bytes outside of a view stay here. */
export function writeArrayBuffer(writer: Writer, value: ArrayBufferView | ArrayBuffer): void {
  const bytes = bytesOf(value);
  const kind = arrayKind(value);
  // A Uint8Array of another realm.
  if (kind === undefined) {
    writer.binary(bytes);
    return;
  }
  writer.spend(costs.array);
  const start = writer.beginExtension(extensionTypes.array);
  writer.u8(kind);
  writer.bytes(bytes);
  writer.endExtension(start);
}

/** The bytes that a view shows, or all of a buffer. */
export function bytesOf(value: ArrayBufferView | ArrayBuffer): Uint8Array {
  return ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : new Uint8Array(value);
}

/** The number of a kind of array; `undefined` for a Uint8Array, which has a form of its own. */
export function arrayKind(value: ArrayBufferView | ArrayBuffer): number | undefined {
  const name = ArrayBuffer.isView(value) ? ((tagOf.call(value) as string | undefined) ?? 'DataView') : 'ArrayBuffer';
  if (name === 'Uint8Array') return undefined;
  const kind = kinds.get(name);
  if (kind === undefined) throw new Unwritable('invalid_argument', `is a ${name}`);
  return kind;
}

/** Reads the extension's body into memory of its own. */
export function readArrayBuffer(reader: Reader): ArrayBufferView | ArrayBuffer {
  const { bytes, position, end } = reader;
  reader.spend(costs.array);
  if (position === end) throw malformed('an array of an unknown kind');
  reader.position = end;
  return makeArray(bytes[position]!, bytes.subarray(position + 1, end));
}

/**
 * Makes an array of a kind from a copy of its bytes.
 *
 * @throws NetronError `invalid_argument` when the kind is unknown here, or the bytes are not a whole number of elements
 */
export function makeArray(kind: number, bytes: Uint8Array): ArrayBufferView | ArrayBuffer {
  const name = names[kind];
  if (name === undefined) throw malformed('an array of an unknown kind');
  if (bytes.length % sizes[kind]! !== 0) throw malformed('an array with a part of an element');
  const { [name]: View } = globalThis as unknown as Record<string, View | undefined>;
  if (View === undefined) throw malformed(`a ${name}, which this runtime does not have`);
  const { buffer } = new Uint8Array(bytes);
  return kind === 0 ? buffer : new View(buffer);
}
