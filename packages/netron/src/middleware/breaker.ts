import type { Call, Handler } from './call.js';
import { type KeyedBreakerOptions, NetronCircuitBreaker } from './circuit-breaker.js';
import { memberKeys } from './failure.js';
import type { MemberInfo } from './member.js';
import { watchCall } from './watch-call.js';

/** Options of the middleware `breaker`. */
export interface BreakerMiddlewareOptions extends KeyedBreakerOptions {
  /** Calls with the same key share a circuit. Default: service and method. */
  key?: (call: Call) => string;
}

/**
 * Refuses calls to what keeps failing: with `unavailable` (`CircuitOpenError`) and when to try again, without calling it.
 *
 * @throws RangeError when an option is outside of its range
 */
export function breaker(options: BreakerMiddlewareOptions = {}): (next: Handler, member?: MemberInfo) => Handler {
  const circuits = new NetronCircuitBreaker(options);
  return (next, member) => {
    const key = options.key ?? memberKeys(member);
    return (call) => watchCall(next, call, circuits.admit(key(call)));
  };
}
