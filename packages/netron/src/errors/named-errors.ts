/**
 * Errors for what services most often have to say, each with a fixed code. They arrive at the caller as instances of
 * the same class, without being registered.
 */
import { errorMark, NetronError, type NetronErrorOptions } from './netron-error.js';

/** There is no such thing: `not_found`. */
export class NotFoundError extends NetronError {
  override readonly name: string = 'NotFoundError';

  constructor(message = 'not found', options?: NetronErrorOptions) {
    super('not_found', message, options);
  }
}

/** The input is not acceptable: `invalid_argument`. What is wrong with it belongs into `details`. */
export class ValidationError extends NetronError {
  override readonly name: string = 'ValidationError';

  constructor(message = 'invalid input', options?: NetronErrorOptions) {
    super('invalid_argument', message, options);
  }
}

/** The caller is not known, or its proof is not valid: `unauthenticated`. */
export class UnauthenticatedError extends NetronError {
  override readonly name: string = 'UnauthenticatedError';

  constructor(message = 'authentication required', options?: NetronErrorOptions) {
    super('unauthenticated', message, options);
  }
}

/** The caller is known and may not do this: `permission_denied`. */
export class PermissionDeniedError extends NetronError {
  override readonly name: string = 'PermissionDeniedError';

  constructor(message = 'permission denied', options?: NetronErrorOptions) {
    super('permission_denied', message, options);
  }
}

/** A breaker refuses calls to something that keeps failing: `unavailable`. */
export class CircuitOpenError extends NetronError {
  override readonly name: string = 'CircuitOpenError';

  constructor(message = 'circuit breaker is open', options?: NetronErrorOptions) {
    super('unavailable', message, options);
  }
}

/** The class with a fixed code, and that code. */
export const namedErrors = [
  [NotFoundError, 'not_found'],
  [ValidationError, 'invalid_argument'],
  [UnauthenticatedError, 'unauthenticated'],
  [PermissionDeniedError, 'permission_denied'],
  [CircuitOpenError, 'unavailable'],
] as const;

for (const [Class] of namedErrors) Object.defineProperty(Class.prototype, errorMark, { value: Class.name });
