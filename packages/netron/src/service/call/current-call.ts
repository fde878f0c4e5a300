/** The call that the current code works for, as methods and the calls they make see it. */
import { NetronError } from '../../errors/netron-error.js';
import type { CallContext } from './context.js';
import { runningCall } from './running-call.js';

/**
 * Returns the call that the current code works for.
 *
 * In Node, Bun and Deno the context follows `await`, timers and callbacks in any of these cases: the method has used it before its
 * first `await`, in this or an earlier call; the call carries a deadline, headers, a trace or a signal; or the node was created with
 * `callContext: true`. Otherwise, and in browsers, it is available until the method's first `await`, so that methods that do not use
 * it cost nothing.
 *
 * @throws NetronError `failed_precondition` outside of a call
 */
export function getCallContext(): CallContext {
  const context = currentCall();
  if (context === undefined) {
    const hint = 'call it before the first await, or create the node with callContext: true';
    throw new NetronError('failed_precondition', `getCallContext() was used outside of a call; in a call, ${hint}`);
  }
  return context;
}

/** Like `getCallContext`, but returns `undefined` outside of a call. */
export function currentCall(): CallContext | undefined {
  return runningCall() as CallContext | undefined;
}
