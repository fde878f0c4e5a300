import { thrownProperty, thrownText } from '../util/thrown.js';
import type { Handler, Middleware } from './call.js';
import type { MemberInfo } from './member.js';

/**
 * Composes `middleware` in front of `handler`; the first is the outermost: it sees the call first and the result last.
 * Compose once, when a member is bound, not per call. For an empty list, `handler` itself is returned.
 *
 * @throws TypeError when a middleware does not return a handler or throws an error without a code; an error with a code is passed on
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
    // An error with a code explains itself and is passed on.
    if (thrownProperty(cause, 'code') !== undefined) throw cause;
    const reason = thrownText(cause);
    const of = `middleware '${wrap.name || 'anonymous'}'`;
    throw new TypeError(`${of} failed to wrap ${member.service}.${member.name}: ${reason}; expected (next, member) => handler`, {
      cause,
    });
  }
}
