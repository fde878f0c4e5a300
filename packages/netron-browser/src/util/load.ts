/** Code that is loaded on demand. */
import { NetronError } from '@omnitron-dev/netron/http/client';
import { markNotRun } from './not-run.js';

/**
 * Waits for code without which a call cannot be made.
 *
 * @param what needs the code, for the error message
 * @throws NetronError `unavailable` when it cannot be loaded
 */
export function load<T>(code: Promise<T>, what: string): Promise<T> {
  return code.catch((cause: unknown) => {
    throw markNotRun(new NetronError('unavailable', `cannot load the code for ${what}`, { cause }));
  });
}
