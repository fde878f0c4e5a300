/** Strings with unpaired surrogates, which UTF-8 cannot represent: sent as UTF-16 in an extension. */
import { extensionTypes } from './extension-types.js';
import { malformed } from './malformed.js';
import type { Reader } from './reader.js';
import { isWellFormed } from './surrogates.js';
import { valueFeatures } from './value-features.js';
import type { Writer } from './writer.js';

/** Most arguments of one call to `String.fromCharCode`. */
const unitsAtOnce = 4096;

/** Writes the UTF-16 units of a string. */
export function writeCutText(writer: Writer, text: string): void {
  writer.need(valueFeatures.values, 'contains a lone surrogate');
  const start = writer.beginExtension(extensionTypes.text);
  writer.ensure(text.length * 2);
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    writer.buffer[writer.position++] = unit >>> 8;
    writer.buffer[writer.position++] = unit;
  }
  writer.endExtension(start);
}

/** Reads `size` bytes of UTF-16. Accepts only strings with unpaired surrogates. */
export function readCutText(reader: Reader, size: number): string {
  const { bytes, position } = reader;
  reader.skip(size);
  if (size % 2 !== 0) throw malformed('a string with half a code unit');
  const units = new Uint16Array(size / 2);
  for (let index = 0; index < units.length; index++)
    units[index] = (bytes[position + index * 2]! << 8) | bytes[position + index * 2 + 1]!;
  let text = '';
  for (let at = 0; at < units.length; at += unitsAtOnce) text += String.fromCharCode(...units.subarray(at, at + unitsAtOnce));
  if (isWellFormed(text)) throw malformed('a string that UTF-8 can encode');
  return text;
}
