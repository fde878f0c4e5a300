import { afterAttempt, endedUnder } from '../errors/outcome.js';
import type { Clock } from '../util/clock.js';
import { isThenable } from '../util/is-thenable.js';
import { onlyOptions } from '../util/only-options.js';
import { pause } from '../util/pause.js';
import type { Call, Handler } from './call.js';
import { canceledCall } from './canceled-call.js';
import { deriveCall, originalCall } from './derived-call.js';
import { type RetryOptions, retryChecks } from './policy-options.js';
import { readOnce } from './read-once.js';
import { RetryPolicy } from './retry-policy.js';

/** Options of the middleware `retry`. */
export interface RetryMiddlewareOptions extends RetryOptions {
  /** Whether a call may run twice. Default `false`: only calls that did not run are retried. */
  idempotent?: boolean | ((call: Call) => boolean);
  /** Default: the node's clock. */
  clock?: Clock;
  /** Returns numbers from 0 to 1. Default: the platform's. */
  random?: () => number;
}

const names: Readonly<Record<keyof RetryMiddlewareOptions, unknown>> = {
  ...retryChecks,
  idempotent: true,
  clock: true,
  random: true,
};

/**
 * Retries calls that failed for a transient reason, if they did not run or may run twice (`idempotent`). The delay grows, is at least what
 * the other side requested, and at most `maxDelay`; there is no retry when the call's deadline would pass
 * meanwhile. Ends with the call's signal. Calls with streams in their arguments are not retried, because streams can be read only once.
 *
 * @throws RangeError when an option is out of range; TypeError for unknown options
 */
export function retry(options: RetryMiddlewareOptions = {}): (next: Handler) => Handler {
  onlyOptions('retry', options, names);
  const { idempotent = false, random, clock: given, ...repeats } = options;
  const policy = new RetryPolicy(repeats, random);
  const mayRunTwice = typeof idempotent === 'function' ? idempotent : () => idempotent;

  const repeat = async (next: Handler, call: Call, first: unknown): Promise<unknown> => {
    const clock = given ?? call.clock;
    const { idempotencyKey } = originalCall(call) as { idempotencyKey?: string };
    // The call that this one is made for is being retried already: retries must not multiply.
    if ((call.attempt ?? 0) > 0) throw first;
    let error = first;
    for (let repeats = 0; ; repeats += 1) {
      const twice = !endedUnder(idempotencyKey, error) && mayRunTwice(call);
      const delay = readOnce(call.args) ? undefined : policy.next(error, repeats, twice, clock.now());
      if (delay === undefined || clock.now() + delay >= (call.deadline ?? Infinity)) throw error;
      await pause(delay, clock, call.signal).catch((reason: unknown) => {
        throw afterAttempt(error, canceledCall(call, reason));
      });
      try {
        const result = await next(deriveCall(call, { attempt: repeats + 1 }));
        policy.succeeded(clock.now());
        return result;
      } catch (again) {
        error = afterAttempt(error, again);
      }
    }
  };

  return (next) => (call) => {
    const clock = given ?? call.clock;
    let result: unknown;
    try {
      result = next(call);
    } catch (error) {
      return repeat(next, call, error);
    }
    if (!isThenable(result)) {
      policy.succeeded(clock.now());
      return result;
    }
    return result.then(
      (value) => {
        policy.succeeded(clock.now());
        return value;
      },
      (error) => repeat(next, call, error),
    );
  };
}
