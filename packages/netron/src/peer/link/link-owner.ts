import type { CallPeer } from '../../middleware/call.js';
import type { OutgoingChain } from '../calls/outgoing-chain.js';

/** The peer of a link, as the link uses it. */
export interface LinkOwner<Link> extends CallPeer {
  /** Middleware for the calls that this node makes; `undefined` when there is none. */
  readonly outgoingChain: OutgoingChain | undefined;
  /** Handles the end of the link; called once. */
  linkClosed(link: Link, error: Error | undefined): void;
  /** Handles a goodbye: the other end accepts no more calls on this link. */
  linkGoodbye(link: Link, code: string, reason: string, retryAfterMs: number | undefined): void;
  /** Handles services that the other end has announced or withdrawn. */
  servicesChanged(link: Link, added: readonly string[], removed: readonly string[]): void;
  /** Reports a failure that no caller awaits. */
  reportError(error: unknown): void;
}
