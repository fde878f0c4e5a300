import type { ErrorCodec } from '../errors/wire-error.js';
import { baseLimits } from '../wire/limits.js';
import type { ExtendedValues } from '../wire/rich-values.js';
import { writeValue } from '../wire/value-writer.js';
import { Writer } from '../wire/writer.js';

/** Bytes of the longest entry. */
const limits = Object.freeze({ ...baseLimits, message: 65_536 });

/**
 * Makes the function that says how many bytes a value takes in a message.
 *
 * @returns throws NetronError `invalid_argument` for what cannot be sent, `resource_exhausted` for more than 65,536 bytes
 */
export function entryWeight(errors: ErrorCodec, values: ExtendedValues | undefined): (value: unknown) => number {
  return (value) => {
    const writer = new Writer(256, limits);
    writer.errors = errors;
    writer.values = values;
    writeValue(writer, value);
    return writer.position;
  };
}
