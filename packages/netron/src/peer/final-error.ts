/** Tells permanent failures of connecting from transient ones. */
import { NetronError } from '../errors/netron-error.js';

/** Errors that another attempt would meet again. */
const final: ReadonlySet<string> = new Set([
  ...['unauthenticated', 'permission_denied', 'invalid_argument', 'failed_precondition', 'already_exists', 'unimplemented'],
]);

/** Whether another attempt would fail with this error again. */
export function isFinal(error: unknown): boolean {
  return final.has(NetronError.from(error, 'unavailable').code);
}
