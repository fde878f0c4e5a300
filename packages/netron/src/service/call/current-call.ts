/** The call that the current code works for, as methods and the calls they make see it. */
import { NetronError } from '../../errors/netron-error.js';
import type { CallContext } from './context.js';
import { runningCall } from './running-call.js';

/**
 * The call that the current code works for.
 *
 * In Node, Bun and Deno it follows through `await`, timers and callbacks when the method has asked for it before its
 * first `await`, here or in an earlier call, when the call carries a deadline, headers, a trace or a signal, or when the
 * node was created with `callContext: true`. Otherwise, and in browsers, it is there until the method's first `await`:
 * what nobody asks for costs nothing.
 *
 * @throws NetronError `failed_precondition` outside of a call
 */
export function getCallContext(): CallContext {
  const context = currentCall();
  if (context === undefined) {
    const hint = 'ask for it before the first await, or create the node with callContext: true';
    throw new NetronError('failed_precondition', `getCallContext() was used outside of a call; inside of one, ${hint}`);
  }
  return context;
}

/** The same, but `undefined` outside of a call. */
export function currentCall(): CallContext | undefined {
  return runningCall() as CallContext | undefined;
}
