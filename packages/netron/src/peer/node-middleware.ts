/**
 * The middleware of a node, in the forms in which its parts need it. Clients load this when they have some. What is imported
 * here is nothing that a client has anyway: a bundler would cut the client in two for it (docs/decisions/browser-size.md).
 */
import { type MiddlewareInput, toMiddleware } from '../middleware/adapt.js';
import type { CallPeer, Handler, Middleware } from '../middleware/call.js';
import { composeIncoming } from '../service/call/incoming-chain.js';
import { composeOutgoing, type OutgoingChain, type Time } from './calls/outgoing-call.js';

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
  readonly incomingChain: Handler | undefined;
  /** Composes what is around every call this node makes to `peer`. */
  outgoingChain(peer: CallPeer, time: Time): OutgoingChain | undefined;
}

/** @throws TypeError for what is no middleware */
export function nodeMiddleware(options: MiddlewareOptions = {}): NodeMiddleware {
  const incoming = (options.incoming ?? []).map(toMiddleware);
  const outgoing = (options.outgoing ?? []).map(toMiddleware);
  return {
    incoming,
    incomingChain: composeIncoming(incoming),
    outgoingChain: (peer, time) => composeOutgoing(outgoing, peer, time),
  };
}
