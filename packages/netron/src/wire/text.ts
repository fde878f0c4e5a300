/** UTF-8 in and out of byte arrays, by the fastest means that the platform has. */

interface NativeText {
  utf8Slice(this: Uint8Array, start: number, end: number): string;
  utf8Write(this: Uint8Array, text: string, offset: number, length: number): number;
}

// Methods of Node's, Bun's and Deno's Buffer that take any Uint8Array as `this` and skip argument handling.
const native = (globalThis as { Buffer?: { prototype: Partial<NativeText> } }).Buffer?.prototype;
const utf8Slice = native?.utf8Slice;
const utf8Write = native?.utf8Write;
const encoder = new TextEncoder();
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Writes `text` as UTF-8; lone surrogates become U+FFFD. The caller has made room: three bytes for each UTF-16 unit.
 *
 * @returns the number of bytes written
 */
export const encodeText: (bytes: Uint8Array, text: string, position: number) => number =
  utf8Write !== undefined
    ? (bytes, text, position) => utf8Write.call(bytes, text, position, bytes.length - position)
    : (bytes, text, position) => encoder.encodeInto(text, bytes.subarray(position)).written;

/**
 * Reads UTF-8.
 *
 * @returns the text, or `undefined` when the bytes are not well-formed UTF-8
 */
export function decodeText(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (utf8Slice !== undefined) {
    const text = utf8Slice.call(bytes, start, end);
    // Ill-formed sequences became U+FFFD. One-byte strings cannot hold it, so that this costs ASCII nothing.
    return !text.includes('\ufffd') || replacements(text) === encodedReplacements(bytes, start, end) ? text : undefined;
  }
  try {
    return strict.decode(bytes.subarray(start, end));
  } catch {
    return undefined;
  }
}

function replacements(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\ufffd'); at >= 0; at = text.indexOf('\ufffd', at + 1)) count++;
  return count;
}

/** Counts those that were sent as such. Their first byte always starts a character, also after an ill-formed one. */
function encodedReplacements(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end - 2; at++) {
    if (bytes[at] === 0xef && bytes[at + 1] === 0xbf && bytes[at + 2] === 0xbd) count++;
  }
  return count;
}
