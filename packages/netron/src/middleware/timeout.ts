import { NetronError } from '../errors/netron-error.js';
import { checkNumbers } from '../util/check-numbers.js';
import type { Clock } from '../util/clock.js';
import { isThenable } from '../util/is-thenable.js';
import type { Handler } from './call.js';
import { deriveCall, originalCall } from './derived-call.js';
import { LinkedSignal } from './linked-signal.js';

/** Notes of a node on a call that it answers. */
interface Noted {
  /** Whether the method has begun. */
  readonly entered?: boolean;
  /** Sets whether it is unknown if the method ran. */
  doubt?(on: boolean): void;
}

/**
 * Fails a call with `deadline_exceeded` after `ms` milliseconds, aborts its signal, and limits the calls it makes through
 * `deadline`. An earlier deadline of the call stays in effect. The limit applies until the result, not to the life of a stream that
 * is the result.
 *
 * @param ms milliseconds, more than 0
 * @param given default: the node's clock
 * @throws RangeError when `ms` is not a number above 0; TypeError for a value that is not a clock
 */
export function timeout(ms: number, given?: Clock): (next: Handler) => Handler {
  checkNumbers('timeout', { ms }, 'a positive number');
  if (given !== undefined && typeof given?.setTimeout !== 'function')
    throw new TypeError('timeout: the second argument must be a clock: timeout(5_000, clock)');
  return (next) => (call) => {
    const clock = given ?? call.clock;
    const deadline = Math.min(call.deadline ?? Number.POSITIVE_INFINITY, clock.now() + ms);
    const linked = new LinkedSignal(call);
    const result = next(deriveCall(call, { deadline, signal: () => linked.signal(), over: () => linked.reason }));
    if (!isThenable(result)) return result;
    return new Promise((resolve, reject) => {
      const expire = () => {
        const error = new NetronError('deadline_exceeded', `${call.service}.${call.method} took longer than ${ms} ms`);
        const noted = originalCall(call) as Noted;
        if (noted.entered === true) noted.doubt?.(true);
        reject(error);
        linked.abort(error);
      };
      const timer = clock.setTimeout(expire, ms, true);
      const settling = (settle: (outcome: unknown) => void) => (outcome: unknown) => {
        clock.clearTimeout(timer);
        linked.unlink();
        settle(outcome);
      };
      result.then(settling(resolve), settling(reject));
    });
  };
}
