import { isThenable } from '../util/is-thenable.js';
import type { Call, Handler } from './call.js';

/**
 * Hands `call` to `next` and calls either function once, when the call has ended. The result is passed on as it is: a
 * synchronous call stays synchronous, and the promise of a call keeps what it can do besides.
 *
 * @param succeeded does not throw
 * @param failed gets the error; does not throw
 */
export function watchCall(next: Handler, call: Call, succeeded: () => void, failed: (error: unknown) => void): unknown {
  let result: unknown;
  try {
    result = next(call);
  } catch (error) {
    failed(error);
    throw error;
  }
  if (isThenable(result)) result.then(succeeded, failed);
  else succeeded();
  return result;
}
