import type { ErrorCodec } from '../errors/wire-error.js';
import { baseLimits } from '../wire/limits.js';
import type { ExtendedValues } from '../wire/rich-values.js';
import { writeValue } from '../wire/value-writer.js';
import { Writer } from '../wire/writer.js';

/** Limits of an entry. */
const limits = Object.freeze({ ...baseLimits, message: 65_536 });

/**
 * Makes the function that measures the size of a value in a message, in bytes.
 *
 * @returns throws NetronError `invalid_argument` for a value that cannot be sent, `resource_exhausted` for more than 65,536 bytes
 */
export function entrySize(errors: ErrorCodec, values: ExtendedValues | undefined): (value: unknown) => number {
  return (value) => {
    const writer = new Writer(256, limits);
    writer.errors = errors;
    writer.values = values;
    writeValue(writer, value);
    return writer.position;
  };
}
