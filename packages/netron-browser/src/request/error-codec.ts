/** Codec of errors: turns them into data and back. Loaded with the first error that comes or goes. */
import { type ErrorClasses, type ErrorCodec, ErrorRegistry } from '@omnitron-dev/netron/http/client';

/**
 * Makes the codec of errors.
 *
 * @param classes that are known; those that are added later count as well
 */
export function errorCodec(classes: ErrorClasses): ErrorCodec {
  return new ErrorRegistry(classes);
}
