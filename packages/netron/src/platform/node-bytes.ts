/** Memory and UTF-8 conversion with the fastest means of Node, Bun and Deno. `browser-bytes.ts` has the same exports for browsers. */
import * as web from './browser-bytes.js';

interface NativeText {
  utf8Slice(this: Uint8Array, start: number, end: number): string;
  utf8Write(this: Uint8Array, text: string, offset: number, length: number): number;
}

// Some runtimes have no `Buffer`.
const native = (globalThis as { Buffer?: typeof Buffer }).Buffer;
// Methods of Buffer that accept any Uint8Array as `this` and skip argument handling.
const { utf8Slice, utf8Write } = (native?.prototype ?? {}) as Partial<NativeText>;

/** Allocates uninitialized memory that is not shared. */
export const allocate: (size: number) => Uint8Array =
  native === undefined ? web.allocate : (size) => native.allocUnsafeSlow(size);

/** Returns `size` bytes from `start` as a `Buffer`, which shares the memory of `bytes`. */
export function viewOf(bytes: Uint8Array, start: number, size: number): Uint8Array {
  if (native === undefined) return web.viewOf(bytes, start, size);
  return native.from(bytes.buffer, bytes.byteOffset + start, size);
}

/** Copies a few bytes into a `Buffer`. */
export function copyOf(bytes: Uint8Array, start: number, size: number): Uint8Array {
  if (native === undefined) return web.copyOf(bytes, start, size);
  const copy = native.allocUnsafe(size);
  if (size > 0) copy.set(bytes.subarray(start, start + size));
  return copy;
}

/**
 * Writes `text` as UTF-8; lone surrogates become U+FFFD. The caller must provide room: three bytes for each UTF-16 unit.
 *
 * @returns the number of bytes written
 */
export const encodeText: (bytes: Uint8Array, text: string, position: number) => number =
  utf8Write === undefined
    ? web.encodeText
    : (bytes, text, position) => utf8Write.call(bytes, text, position, bytes.length - position);

/**
 * Decodes UTF-8.
 *
 * @returns the text, or `undefined` when the bytes are not well-formed UTF-8
 */
export function decodeText(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (utf8Slice === undefined) return web.decodeText(bytes, start, end);
  const text = utf8Slice.call(bytes, start, end);
  // Ill-formed sequences become U+FFFD. One-byte strings cannot contain it, so this check costs nothing for ASCII.
  return !text.includes('\ufffd') || replacements(text) === encodedReplacements(bytes, start, end) ? text : undefined;
}

/** Encodes bytes as base64, with padding. */
export function toBase64(bytes: Uint8Array): string {
  if (native === undefined) return web.toBase64(bytes);
  return native.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** Decodes base64 that is known to be well-formed, into memory that is not shared. */
export function fromBase64(text: string): Uint8Array {
  return native === undefined ? web.fromBase64(text) : new Uint8Array(native.from(text, 'base64'));
}

function replacements(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\ufffd'); at >= 0; at = text.indexOf('\ufffd', at + 1)) count++;
  return count;
}

/** Counts U+FFFD characters that were sent as such. Their first byte always starts a character, even after an ill-formed one. */
function encodedReplacements(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end - 2; at++) {
    if (bytes[at] === 0xef && bytes[at + 1] === 0xbf && bytes[at + 2] === 0xbd) count++;
  }
  return count;
}
