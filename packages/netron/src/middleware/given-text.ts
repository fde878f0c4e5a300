import { NetronError } from '../errors/netron-error.js';
import { withOutcome } from '../errors/outcome.js';
import { described } from '../util/check.js';
import { hearPromise } from '../util/hear-promise.js';

/**
 * Checks the text that a function of the program has returned for a call, such as a key. Another value could be equal for all callers,
 * or different each time.
 *
 * @throws NetronError `internal` when it is not a string
 */
export function givenText(what: string, given: unknown): string {
  if (typeof given === 'string') return given;
  const came = hearPromise(given) ? 'a promise' : described(given);
  throw withOutcome(new NetronError('internal', `${what} must be a string, not ${came}`), 'not_run');
}
