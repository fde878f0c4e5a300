/**
 * The middleware of a node, in the forms in which its parts need it. Clients load this when they have some. What is imported
 * here is nothing that a client has anyway: a bundler would cut the client in two for it (docs/decisions/browser-size.md).
 */
import { type MiddlewareInput, toMiddleware } from '../middleware/adapt.js';
import type { CallPeer, Handler, Middleware } from '../middleware/call.js';
import { frontOf } from '../service/call/incoming-chain.js';
import { type Around, aroundCalls, type Time } from './calls/outgoing-call.js';

/** Middleware as users give it; outermost first. */
export interface MiddlewareOptions {
  /** Around calls this node answers. */
  readonly incoming?: readonly MiddlewareInput[];
  /** Around calls this node makes. */
  readonly outgoing?: readonly MiddlewareInput[];
}

export interface NodeMiddleware {
  /** Around every call this node answers, outermost first. */
  readonly incoming: readonly Middleware[];
  /** The same, composed, in front of what has no middleware of its own. */
  readonly front: Handler | undefined;
  /** Composes what is around every call this node makes to `peer`. */
  around(peer: CallPeer, time: Time): Around | undefined;
}

/** @throws TypeError for what is no middleware */
export function nodeMiddleware(options: MiddlewareOptions = {}): NodeMiddleware {
  const incoming = (options.incoming ?? []).map(toMiddleware);
  const outgoing = (options.outgoing ?? []).map(toMiddleware);
  return { incoming, front: frontOf(incoming), around: (peer, time) => aroundCalls(outgoing, peer, time) };
}
