/** Memory and UTF-8 conversion with Web standards. `node-bytes.ts` has the same exports for Node. */

const encoder = new TextEncoder();
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Allocates memory that is not shared. */
export const allocate: (size: number) => Uint8Array = (size) => new Uint8Array(size);

/** Returns `size` bytes from `start`, which share the memory of `bytes`. */
export function viewOf(bytes: Uint8Array, start: number, size: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, size);
}

/** Copies a few bytes. */
export function copyOf(bytes: Uint8Array, start: number, size: number): Uint8Array {
  return new Uint8Array(bytes.subarray(start, start + size));
}

/**
 * Writes `text` as UTF-8; lone surrogates become U+FFFD. The caller must provide room: three bytes for each UTF-16 unit.
 *
 * @returns the number of bytes written
 */
export const encodeText = (bytes: Uint8Array, text: string, position: number): number =>
  encoder.encodeInto(text, bytes.subarray(position)).written;

/**
 * Decodes UTF-8.
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

/** Maximum number of characters for one call of `fromCharCode`. */
const chunk = 0x2000;

/** Encodes bytes as base64, with padding. */
export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += chunk) binary += String.fromCharCode(...bytes.subarray(at, at + chunk));
  return btoa(binary);
}

/** Decodes base64 that is known to be well-formed. */
export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
