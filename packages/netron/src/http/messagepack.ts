/** The value codec of connections for single values without handles: `application/netron+msgpack`. */
import type { ErrorCodec } from '../errors/wire-error.js';
import { defaultLimits, type Limits } from '../wire/limits.js';
import { malformed } from '../wire/malformed.js';
import { richReader, richWriter } from '../wire/rich-values.js';
import { readValue } from '../wire/value-reader.js';
import { writeValue } from '../wire/value-writer.js';

/** Options of reading and writing MessagePack. */
export interface MessagePackOptions {
  /** Converts errors to data and back. Without it, a value must not contain errors. */
  readonly errors?: ErrorCodec | undefined;
  /** Default: those of a connection. */
  readonly limits?: Readonly<Limits>;
}

/**
 * Writes one value.
 *
 * @param root name of the value in errors, for instance `result`
 * @throws NetronError `invalid_argument` that names the path of a value that cannot be written, `resource_exhausted` beyond a limit
 */
export function writeMessagePack(value: unknown, options: MessagePackOptions = {}, root = 'value'): Uint8Array {
  const writer = richWriter(256, options.limits ?? defaultLimits);
  writer.errors = options.errors;
  writeValue(writer, value, root);
  return writer.buffer.subarray(0, writer.position);
}

/**
 * Reads one value.
 *
 * @throws NetronError `invalid_argument` when the bytes are not exactly one value, `resource_exhausted` beyond a limit
 */
export function readMessagePack(bytes: Uint8Array, options: MessagePackOptions = {}): unknown {
  const reader = richReader(options.limits ?? defaultLimits);
  reader.errors = options.errors;
  reader.load(bytes);
  const value = readValue(reader);
  if (reader.position !== reader.end) throw malformed('trailing bytes after the value');
  return value;
}
