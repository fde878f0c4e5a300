import type { Handler, Middleware } from '../../middleware/call.js';
import { compose } from '../../middleware/compose.js';
import { originalCall } from '../../middleware/derived-call.js';
import type { CallContext } from './context.js';

/** The node's middleware in front of what has none of its own; composed once for all of it. `undefined` when there is none. */
export function composeIncoming(middleware: readonly Middleware[]): Handler | undefined {
  if (middleware.length === 0) return undefined;
  return compose(middleware, (call) => {
    const made = originalCall(call) as Partial<CallContext>;
    if (made.pass !== undefined) return made.pass(call);
    throw new TypeError('next() takes the call that middleware was given, or one made of it by deriveCall()');
  });
}
