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
  const view = ArrayBuffer.isView(value);
  const name = view ? ((tagOf.call(value) as string | undefined) ?? 'DataView') : 'ArrayBuffer';
  const bytes = view ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : new Uint8Array(value);
  // A Uint8Array of another realm.
  if (name === 'Uint8Array') {
    writer.binary(bytes);
    return;
  }
  const kind = kinds.get(name);
  if (kind === undefined) throw new Unwritable('invalid_argument', `is a ${name}`);
  writer.spend(costs.array);
  const start = writer.beginExtension(extensionTypes.array);
  writer.u8(kind);
  writer.bytes(bytes);
  writer.endExtension(start);
}

/** Reads the extension's body into memory of its own. */
export function readArrayBuffer(reader: Reader): ArrayBufferView | ArrayBuffer {
  const { bytes, position, end } = reader;
  reader.spend(costs.array);
  const kind = bytes[position];
  if (position === end || kind === undefined || kind >= names.length) throw malformed('an array of an unknown kind');
  if ((end - position - 1) % sizes[kind]! !== 0) throw malformed('an array with a part of an element');
  const { [names[kind]!]: View } = globalThis as unknown as Record<string, View | undefined>;
  if (View === undefined) throw malformed(`a ${names[kind]}, which this runtime does not have`);
  reader.position = end;
  const { buffer } = new Uint8Array(bytes.subarray(position + 1, end));
  return kind === 0 ? buffer : new View(buffer);
}
