/** Errors for missing parts of a client, with the way to add them. */
import type { Code } from './codes.js';
import { NetronError } from './netron-error.js';

/** Returns the end of a sentence about a feature that needs a part of the client. */
export function needs(part: string): string {
  return `the part ${part}(): import { ${part} } from '@omnitron-dev/netron/client', connect(…, { with: [${part}(), …] })`;
}

/**
 * Returns the error of a feature whose part the client lacks.
 *
 * @param what name of the feature, in the plural
 */
export function missingPart(what: string, part: string, code: Code = 'failed_precondition'): NetronError {
  return new NetronError(code, `${what} require ${needs(part)}`);
}
