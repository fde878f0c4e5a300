import { thrownProperty, thrownText } from '../util/thrown.js';
import type { Handler, Middleware } from './call.js';
import type { MemberInfo } from './member.js';

/**
 * Puts `middleware` in front of `handler`; the first is the outermost: it sees the call first and the result last.
 * Compose once, when a member is bound, not per call. An empty list costs nothing: `handler` itself comes back.
 *
 * @throws TypeError when a middleware does not return a handler, or throws what has no code; else what it throws
 */
export function compose(middleware: readonly Middleware[], handler: Handler, member: MemberInfo): Handler {
  return middleware.reduceRight((next, wrap) => {
    const wrapped = wrapWith(wrap, next, member);
    if (typeof wrapped === 'function') return wrapped as Handler;
    throw new TypeError(`middleware '${wrap.name || 'anonymous'}' must return a handler, not ${typeof wrapped}`);
  }, handler);
}

function wrapWith(wrap: Middleware, next: Handler, member: MemberInfo): unknown {
  try {
    return wrap(next, member);
  } catch (cause) {
    // An error with a code says what it is about.
    if (thrownProperty(cause, 'code') !== undefined) throw cause;
    const reason = thrownText(cause);
    const of = `middleware '${wrap.name || 'anonymous'}'`;
    throw new TypeError(
      `${of} has failed to wrap ${member.service}.${member.name}: ${reason}; expected (next, member) => handler`,
      {
        cause,
      },
    );
  }
}
