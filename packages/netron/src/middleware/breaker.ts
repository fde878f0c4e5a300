import { onlyOptions } from '../util/only-options.js';
import type { Call, Handler } from './call.js';
import { type KeyedBreakerOptions, keyedBreakerNames, NetronCircuitBreaker } from './circuit-breaker.js';
import { memberKeys } from './failure.js';
import { givenText } from './given-text.js';
import type { MemberInfo } from './member.js';
import { watchCall } from './watch-call.js';

/** Options of the middleware `breaker`. */
export interface BreakerMiddlewareOptions extends KeyedBreakerOptions {
  /** Returns the key of a call: calls with the same key share a circuit. Default: service and method. */
  key?: (call: Call) => string;
}

const names: Readonly<Record<keyof BreakerMiddlewareOptions, unknown>> = { ...keyedBreakerNames, key: true };

/**
 * Refuses calls to a target that keeps failing, without calling it: with `unavailable` (`CircuitOpenError`) and a time to retry after.
 *
 * @throws RangeError when an option is out of range; TypeError for unknown options
 */
export function breaker(options: BreakerMiddlewareOptions = {}): (next: Handler, member?: MemberInfo) => Handler {
  onlyOptions('breaker', options, names);
  const { key: given, ...keyed } = options;
  const circuits = new NetronCircuitBreaker(keyed);
  return (next, member) => {
    const key = given === undefined ? memberKeys(member) : (call: Call) => givenText('the key of a breaker', given(call));
    return (call) => watchCall(next, call, circuits.admit(key(call)));
  };
}
