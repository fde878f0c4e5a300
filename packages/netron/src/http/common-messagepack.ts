/**
 * MessagePack for the values of most calls: plain JSON values, `undefined`, dates, bytes and errors. `readMessagePack` and
 * `writeMessagePack` handle the rest; a page loads them with the first value that needs them.
 */
import type { ErrorCodec } from '../errors/wire-error.js';
import type { ValueDecoder, ValueEncoder } from '../wire/extended-values.js';
import { malformed } from '../wire/malformed.js';
import { Reader } from '../wire/reader.js';
import { readValue } from '../wire/value-reader.js';
import { writeValue } from '../wire/value-writer.js';
import { Writer } from '../wire/writer.js';

/**
 * Reads one value within the limits of a connection.
 *
 * @returns `undefined` when the bytes need `readMessagePack`
 * @throws NetronError as `readMessagePack`
 */
export function readCommonMessagePack(bytes: Uint8Array, errors: ErrorCodec): { readonly value: unknown } | undefined {
  const reader = Object.assign(new Reader(), { values: leftOut, errors });
  reader.load(bytes);
  try {
    const value = readValue(reader);
    if (reader.position !== reader.end) throw malformed('trailing bytes after the value');
    return { value };
  } catch (error) {
    if (error === rest) return undefined;
    throw error;
  }
}

/**
 * Writes one value.
 *
 * @param root name of the value in errors
 * @returns `undefined` when `writeMessagePack` must write the value or refuse it
 * @throws NetronError as `writeMessagePack`
 */
export function writeCommonMessagePack(value: unknown, errors: ErrorCodec, root: string): Uint8Array | undefined {
  const writer = Object.assign(new Writer(256), { values: leftOut, errors });
  try {
    writeValue(writer, value, root);
    return writer.buffer.subarray(0, writer.position);
  } catch (error) {
    if ((error as Error).cause === rest) return undefined;
    throw error;
  }
}

/** Thrown for a value that this module does not handle. */
const rest = new Error('a value of a rare type');

function stop(): never {
  throw rest;
}

const leftOut: ValueEncoder<Writer> & ValueDecoder<Reader> = {
  features: () => [],
  read: stop,
  readInteger64: stop,
  readCutText: stop,
  writeRegistered: () => false,
  writeInstance: stop,
  writeBigInt: stop,
  writeCutText: stop,
  writeKnown: () => false,
};
