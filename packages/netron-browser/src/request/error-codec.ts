/** What turns errors into data and back; loaded with the first error that comes or goes. */
import { type ErrorClasses, type ErrorCodec, ErrorRegistry } from '@omnitron-dev/netron/http/client';

/** @param classes that are known; those that are added later count as well */
export function errorCodec(classes: ErrorClasses): ErrorCodec {
  return new ErrorRegistry(classes);
}
