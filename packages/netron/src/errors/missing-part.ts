/** Parts of a client that are not there: how to get them. */
import type { Code } from './codes.js';
import { NetronError } from './netron-error.js';

/** Returns the end of a sentence about something that a client needs a part for. */
export function needs(part: string): string {
  return `the part ${part}(): import { ${part} } from '@omnitron-dev/netron/client', connect(…, { with: [${part}(), …] })`;
}

/**
 * Returns the error of whatever needs a part that a client is without.
 *
 * @param what in the plural
 */
export function missingPart(what: string, part: string, code: Code = 'failed_precondition'): NetronError {
  return new NetronError(code, `${what} need ${needs(part)}`);
}
