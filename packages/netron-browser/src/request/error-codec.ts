/** Codec of errors, which turns them into data and back. Loaded with the first error that is sent or received. */
import { type ErrorClasses, type ErrorCodec, ErrorRegistry } from '@omnitron-dev/netron/http/client';

/**
 * Creates the codec of errors.
 *
 * @param classes known error classes; classes added later count as well
 */
export function errorCodec(classes: ErrorClasses): ErrorCodec {
  return new ErrorRegistry(classes);
}
