/** Tells when nothing is under way between this node and a peer any more. */
import type { Scheduler } from '../util/scheduler.js';
import { type WatchedLink, watchLink } from './link/watch-link.js';
import type { PeerEvents, PeerState } from './state.js';

/** Members of a peer that is watched. */
export interface WatchedPeer {
  readonly state: PeerState;
  readonly links: readonly WatchedLink[];
  readonly streams: readonly unknown[];
  readonly references: readonly unknown[];
  isBusy(): boolean;
  on(event: keyof Pick<PeerEvents, 'connected'>, listener: () => void): () => void;
}

/** Whether nothing is under way, and neither of the two holds functions or service objects of the other. */
export function isIdle(peer: Omit<WatchedPeer, 'on' | 'links'>): boolean {
  return !peer.isBusy() && peer.streams.length === 0 && peer.references.length === 0;
}

/**
 * Calls `over` once, in a later turn: when the peer has become idle, or is closed.
 *
 * @returns gives it up
 */
export function whenIdle(peer: WatchedPeer, scheduler: Pick<Scheduler, 'nextTurn'>, over: () => void): () => void {
  const offs = new Map<WatchedLink | undefined, () => void>();
  let looksLater = false;
  let ended = false;
  const end = (): void => {
    ended = true;
    for (const off of offs.values()) off();
    offs.clear();
  };
  const look = (): void => {
    looksLater = false;
    if (ended) return;
    if (peer.state === 'closed' || isIdle(peer)) {
      end();
      over();
    } else {
      for (const link of peer.links) if (!offs.has(link)) offs.set(link, watchLink(link, changed));
    }
  };
  const changed = (): void => {
    if (looksLater) return;
    looksLater = true;
    scheduler.nextTurn(look);
  };
  // A link that ends tells that itself; one that comes has to be watched as well.
  offs.set(undefined, peer.on('connected', changed));
  for (const link of peer.links) offs.set(link, watchLink(link, changed));
  changed();
  return end;
}
