import { digest, digestBytes } from './digest.js';

/**
 * Returns a short string that is the same for equal values, as far as JSON, bytes, BigInts, Maps, Sets, regular expressions, errors,
 * headers and search parameters go; `undefined` for values such as cycles. Blobs are compared by size and type, functions and streams not
 * at all.
 */
export function fingerprint(value: unknown): string | undefined {
  try {
    return digest(JSON.stringify(value, plain) ?? 'undefined');
  } catch {
    return undefined;
  }
}

function plain(this: Record<string, unknown>, key: string, value: unknown): unknown {
  // Read before `toJSON`, which turns the bytes of a Buffer into a list.
  const given = this[key];
  if (given instanceof Uint8Array) return { bytes: digestBytes(given) };
  if (ArrayBuffer.isView(given)) return { [given.constructor.name]: digestBytes(bytesOf(given)) };
  if (given instanceof ArrayBuffer) return { buffer: digestBytes(new Uint8Array(given)) };
  switch (typeof value) {
    case 'bigint':
      return { bigint: value.toString() };
    case 'function':
      return { function: true };
    case 'number':
      return Number.isFinite(value) ? value : { number: String(value) };
    case 'object':
      return value === null ? null : contentOf(value);
    default:
      return value;
  }
}

/** Returns the parts of an object that JSON leaves out. */
function contentOf(value: object): object {
  if (value instanceof Map) return { map: [...value] };
  if (value instanceof Set) return { set: [...value] };
  if (value instanceof RegExp) return { regexp: String(value) };
  if (value instanceof Error) return { ...value, error: value.name, text: value.message, cause: value.cause };
  if (value instanceof URLSearchParams || value instanceof Headers) return { pairs: [...value] };
  if (value instanceof Blob) return { blob: value.size, type: value.type };
  return value;
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
