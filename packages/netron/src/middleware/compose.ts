import type { Handler, Middleware } from './call.js';
import type { MemberInfo } from './member.js';

/**
 * Puts `middleware` in front of `handler`; the first is the outermost: it sees the call first and the result last.
 * Compose once, when a member is bound, not per call. An empty list costs nothing: `handler` itself comes back.
 *
 * @throws TypeError when a middleware does not return a handler
 */
export function compose(middleware: readonly Middleware[], handler: Handler, member: MemberInfo): Handler {
  return middleware.reduceRight((next, wrap) => {
    const wrapped: unknown = wrap(next, member);
    if (typeof wrapped === 'function') return wrapped as Handler;
    throw new TypeError(`middleware '${wrap.name || 'anonymous'}' must return a handler, not ${typeof wrapped}`);
  }, handler);
}
