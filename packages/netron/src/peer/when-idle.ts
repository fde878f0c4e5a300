/** Detects that nothing is in progress between this node and a peer any more. */
import type { Scheduler } from '../util/scheduler.js';
import { type WatchedLink, watchLink } from './link/watch-link.js';
import type { PeerEvents, PeerState } from './state.js';

/** The members of a watched peer. */
export interface WatchedPeer {
  readonly state: PeerState;
  readonly links: readonly WatchedLink[];
  readonly streams: readonly unknown[];
  readonly references: readonly unknown[];
  isBusy(): boolean;
  on(event: keyof Pick<PeerEvents, 'connected'>, listener: () => void): () => void;
}

/** Whether nothing is in progress, and neither end holds functions or service objects of the other. */
export function isIdle(peer: Omit<WatchedPeer, 'on' | 'links'>): boolean {
  return !peer.isBusy() && peer.streams.length === 0 && peer.references.length === 0;
}

/**
 * Calls `over` once, in a later turn, when the peer has become idle or has closed.
 *
 * @returns a function that cancels it
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
  // The end of a link is reported by itself; a new link must be watched as well.
  offs.set(undefined, peer.on('connected', changed));
  for (const link of peer.links) offs.set(link, watchLink(link, changed));
  changed();
  return end;
}
