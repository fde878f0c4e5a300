import type { ErrorClass, ErrorClassOptions } from './error-classes.js';
import { ErrorRegistry } from './error-registry.js';
import type { ErrorCodec } from './wire-error.js';

/** Error classes whose instances are sent as such, with options where needed. */
export type ErrorClasses = readonly (ErrorClass | readonly [ErrorClass, ErrorClassOptions])[];

/**
 * Makes the codec that converts errors into the form in which they may leave the process, and back, for programs that carry calls by
 * other means than a connection of this package, for instance over HTTP. A node's own codec is available as `netron.encodeError` and
 * `netron.decodeError`.
 *
 * @param classes both ends need them; `NetronError` and the named errors are always known
 * @throws TypeError when one is not an error class, or two have the same name
 */
export function createErrorCodec(classes: ErrorClasses = []): ErrorCodec {
  const registry = new ErrorRegistry();
  for (const given of classes) {
    if (typeof given === 'function') registry.register(given);
    else registry.register(...given);
  }
  return registry;
}
