/** Memory, and UTF-8 in and out of it, by what every platform has. Node's twin is `node-bytes.ts`: same exports. */

const encoder = new TextEncoder();
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Memory of its own. */
export const allocate: (size: number) => Uint8Array = (size) => new Uint8Array(size);

/** `size` bytes from `start`, which share the memory of `bytes`. */
export function viewOf(bytes: Uint8Array, start: number, size: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, size);
}

/** A copy of a few bytes. */
export function copyOf(bytes: Uint8Array, start: number, size: number): Uint8Array {
  return new Uint8Array(bytes.subarray(start, start + size));
}

/**
 * Writes `text` as UTF-8; lone surrogates become U+FFFD. The caller has made room: three bytes for each UTF-16 unit.
 *
 * @returns the number of bytes written
 */
export const encodeText = (bytes: Uint8Array, text: string, position: number): number =>
  encoder.encodeInto(text, bytes.subarray(position)).written;

/**
 * Reads UTF-8.
 *
 * @returns the text, or `undefined` when the bytes are not well-formed UTF-8
 */
export function decodeText(bytes: Uint8Array, start: number, end: number): string | undefined {
  try {
    return strict.decode(bytes.subarray(start, end));
  } catch {
    return undefined;
  }
}

/** Characters that one call of `fromCharCode` takes. */
const chunk = 0x2000;

/** Writes bytes as base64, with padding. */
export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += chunk) binary += String.fromCharCode(...bytes.subarray(at, at + chunk));
  return btoa(binary);
}

/** Reads base64 that is known to be well-formed. */
export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
