import type { CallPeer } from '../../middleware/call.js';
import type { OutgoingChain } from '../calls/outgoing-chain.js';

/** The peer that a link belongs to, as the link uses it. */
export interface LinkOwner<Link> extends CallPeer {
  /** Around the calls that this node makes; `undefined` when there is no middleware. */
  readonly outgoingChain: OutgoingChain | undefined;
  /** The link has ended; called once. */
  linkClosed(link: Link, error: Error | undefined): void;
  /** The other end takes no more calls on this link. */
  linkGoodbye(link: Link, code: string, reason: string, retryAfterMs: number | undefined): void;
  /** The other end has announced services or withdrawn them. */
  servicesChanged(link: Link, added: readonly string[], removed: readonly string[]): void;
  /** Something failed that nobody awaits. */
  reportError(error: unknown): void;
}
