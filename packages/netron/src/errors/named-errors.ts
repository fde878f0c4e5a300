/**
 * Errors for the most common failures of services, each with a fixed code. They arrive at the caller as instances of
 * the same class, without being registered.
 */
import { markError, NetronError, type NetronErrorOptions } from './netron-error.js';

/** The requested item does not exist: `not_found`. */
export class NotFoundError extends NetronError {
  override readonly name: string = 'NotFoundError';

  static {
    markError(NotFoundError, 'NotFoundError');
  }

  constructor(message = 'not found', options?: NetronErrorOptions) {
    super('not_found', message, options);
  }
}

/** The input is invalid: `invalid_argument`. Put the reasons into `details`. */
export class ValidationError extends NetronError {
  override readonly name: string = 'ValidationError';

  static {
    markError(ValidationError, 'ValidationError');
  }

  constructor(message = 'invalid input', options?: NetronErrorOptions) {
    super('invalid_argument', message, options);
  }
}

/** The caller is not known, or its credentials are not valid: `unauthenticated`. */
export class UnauthenticatedError extends NetronError {
  override readonly name: string = 'UnauthenticatedError';

  static {
    markError(UnauthenticatedError, 'UnauthenticatedError');
  }

  constructor(message = 'authentication required', options?: NetronErrorOptions) {
    super('unauthenticated', message, options);
  }
}

/** The caller is known but not allowed to do this: `permission_denied`. */
export class PermissionDeniedError extends NetronError {
  override readonly name: string = 'PermissionDeniedError';

  static {
    markError(PermissionDeniedError, 'PermissionDeniedError');
  }

  constructor(message = 'permission denied', options?: NetronErrorOptions) {
    super('permission_denied', message, options);
  }
}

/** A circuit breaker refuses calls to a target that keeps failing: `unavailable`. */
export class CircuitOpenError extends NetronError {
  override readonly name: string = 'CircuitOpenError';

  static {
    markError(CircuitOpenError, 'CircuitOpenError');
  }

  constructor(message = 'circuit breaker is open', options?: NetronErrorOptions) {
    super('unavailable', message, options);
  }
}

/**
 * The two ends have incompatible versions of a service: `failed_precondition`. `details` contain the service, the version at each
 * end, and the end that is outdated: `{ service, caller, server, older }`.
 */
export class SkewError extends NetronError {
  override readonly name: string = 'SkewError';

  static {
    markError(SkewError, 'SkewError');
  }

  constructor(message = 'version mismatch', options?: NetronErrorOptions) {
    super('failed_precondition', message, options);
  }
}

/** Name, class and fixed code of each named error. */
export const namedErrors = [
  ['NotFoundError', NotFoundError, 'not_found'],
  ['ValidationError', ValidationError, 'invalid_argument'],
  ['UnauthenticatedError', UnauthenticatedError, 'unauthenticated'],
  ['PermissionDeniedError', PermissionDeniedError, 'permission_denied'],
  ['CircuitOpenError', CircuitOpenError, 'unavailable'],
  ['SkewError', SkewError, 'failed_precondition'],
] as const;
