/** The node's middleware in front of members without their own: functions, tasks, results and relayed calls. */
import type { Call, Handler } from '../../middleware/call.js';
import { compose } from '../../middleware/compose.js';
import { originalCall } from '../../middleware/derived-call.js';
import type { MemberInfo } from '../../middleware/member.js';
import { inOrder, type Placed } from '../../middleware/places.js';
import type { IncomingChain } from './bound-service.js';
import type { CallContext } from './context.js';

/** @returns `undefined` when there is no middleware */
export function composeIncoming(incoming: readonly Placed[]): IncomingChain | undefined {
  if (incoming.length === 0) return undefined;
  const composed = new WeakMap<MemberInfo, Handler>();
  return (member) => {
    let handler = composed.get(member);
    if (handler === undefined) {
      handler = compose(inOrder(incoming, member), pass, member);
      composed.set(member, handler);
    }
    return handler === pass ? undefined : handler;
  };
}

/** Passes on to the code that answers this call. */
function pass(call: Call): unknown {
  const made = originalCall(call) as Partial<CallContext>;
  if (made.pass !== undefined) return made.pass(call);
  throw new TypeError('next() must be called with the call that the middleware received, or one derived from it by deriveCall()');
}
