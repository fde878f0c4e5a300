import type { Handler, Middleware } from './call.js';

/**
 * Puts `middleware` in front of `handler`; the first is the outermost: it sees the call first and the result last.
 * Compose once, when a method is bound, not per call. An empty list costs nothing: `handler` itself comes back.
 *
 * @throws TypeError when a middleware does not return a handler
 */
export function compose(middleware: readonly Middleware[], handler: Handler): Handler {
  return middleware.reduceRight(wrap, handler);
}

function wrap(next: Handler, middleware: Middleware): Handler {
  const handler: unknown = middleware(next);
  if (typeof handler === 'function') return handler as Handler;
  throw new TypeError(`middleware '${middleware.name || 'anonymous'}' must return a handler, not ${typeof handler}`);
}
