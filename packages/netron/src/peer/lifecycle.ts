/**
 * Life of a peer over all its connections: one state machine with a table of transitions. Gives calls the link in use, or lets them
 * wait for one.
 */
import { needs } from '../errors/missing-part.js';
import { NetronError } from '../errors/netron-error.js';
import type { CallOptions } from '../service/call/options.js';
import { LeavingLinks } from './leaving-links.js';
import type { AwaitedPeer, Readiness } from './readiness.js';
import type { PeerState } from './state.js';

/** Events in the life of a peer. */
type Change =
  /** A link is ready: everything in use was found on it. */
  | 'connected'
  /** The other end accepts no more calls on the link. */
  | 'goodbye'
  /** The link has lost its connection and waits for the next one. */
  | 'interrupted'
  /** The link continues over another connection. */
  | 'resumed'
  /** The link has ended. */
  | 'lost'
  /** No other link will follow. */
  | 'closed';

/** Next state for each event; an event without an entry changes nothing. */
const transitions: Readonly<Record<PeerState, Partial<Record<Change, PeerState>>>> = {
  connecting: { connected: 'ready', goodbye: 'draining', lost: 'suspended', closed: 'closed' },
  ready: { goodbye: 'draining', interrupted: 'suspended', lost: 'suspended', closed: 'closed' },
  draining: { goodbye: 'draining', lost: 'suspended', closed: 'closed' },
  suspended: { connected: 'ready', resumed: 'ready', goodbye: 'draining', lost: 'suspended', closed: 'closed' },
  closed: {},
};

/** The members of a link that its peer's life uses. */
export interface LivingLink {
  close(reason: string): void;
}

/** The peer, which is notified of changes. */
export interface LivingPeer extends AwaitedPeer {
  /** Stops reconnecting. */
  letGo(): void;
  /** Handles the loss of the link; `final` when no other will follow. */
  linkGone(reason: string, final: boolean): void;
}

export class PeerLifecycle<Link extends LivingLink> {
  readonly #peer: LivingPeer;
  /** Absent when calls do not wait for another link. */
  readonly #readiness: Readiness<Link> | undefined;
  readonly #leaving = new LeavingLinks<Link>();
  #link: Link | undefined;
  #state: PeerState = 'connecting';
  /** Whether the link in use waits for a connection. */
  #interrupted = false;
  /** Reason why no other link follows the present one. */
  #closeReason: string | undefined;

  /** @param readiness holds the calls that wait for a link; absent when none do */
  constructor(peer: LivingPeer, readiness?: Readiness<Link>) {
    this.#peer = peer;
    this.#readiness = readiness;
  }

  get state(): PeerState {
    return this.#state;
  }

  /** The link in use. */
  get link(): Link | undefined {
    return this.#link;
  }

  /** The link in use and the draining ones. */
  get links(): Link[] {
    const { all } = this.#leaving;
    return this.#link === undefined ? [...all] : [this.#link, ...all];
  }

  /** Number of calls that wait for a link. */
  get waiting(): number {
    return this.#readiness?.size ?? 0;
  }

  /** Whether no other link follows the present one. */
  get ending(): boolean {
    return this.#closeReason !== undefined;
  }

  /** Resolves to the link as soon as one accepts calls. */
  async ready(options: CallOptions | undefined): Promise<Link> {
    if (this.#state === 'ready') return this.#link as Link;
    if (this.#closeReason !== undefined) throw this.closedError();
    if (this.#readiness !== undefined) return this.#readiness.wait(options);
    throw new NetronError(
      'unavailable',
      `peer '${this.#peer.id}' accepts no more calls; reconnecting requires ${needs('reconnect')}`,
    );
  }

  /** Takes a new link into use. @returns `false` when none is wanted any more: the link is closed */
  take(link: Link): boolean {
    const before = this.#link;
    if (before !== undefined) {
      this.#link = undefined;
      if (this.#state === 'draining') this.#leaving.add(before);
      // The other end has noticed a loss that this end has not.
      else before.close('a new connection takes over');
      this.#suspend('a new connection takes over');
    }
    // The peer was closed while the connection was made, or by a listener that was notified of the loss.
    if (this.#closeReason !== undefined) {
      link.close(this.closedError().message);
      return false;
    }
    this.#link = link;
    return true;
  }

  /** Starts using a link on which everything in use was found. @returns `false` when the link has said goodbye or ended in the meantime */
  begin(link: Link): boolean {
    if (link !== this.#link || !this.#change('connected')) return false;
    this.#readiness?.resolve(link);
    return true;
  }

  /** Notes that the other end accepts no more calls on the link. @returns `false` when it is not the one in use */
  goodbye(link: Link): boolean {
    return link === this.#link && this.#change('goodbye');
  }

  /** Notes that the link has lost its connection. @returns `false` when it is not the one that accepts calls */
  interrupt(link: Link): boolean {
    if (link !== this.#link || !this.#change('interrupted')) return false;
    this.#interrupted = true;
    return true;
  }

  /** Notes that the link continues over another connection. @returns `false` when it did not accept calls before */
  resume(link: Link): boolean {
    if (link !== this.#link || !this.#interrupted || !this.#change('resumed')) return false;
    this.#interrupted = false;
    this.#readiness?.resolve(link);
    return true;
  }

  /** Notes the end of a link; called once for each. @returns whether it was the one in use */
  lost(link: Link, reason: string): boolean {
    if (this.#leaving.delete(link) && this.links.length === 0 && this.#closeReason !== undefined) this.close(this.#closeReason);
    if (link !== this.#link) return false;
    this.#link = undefined;
    this.#suspend(reason);
    return true;
  }

  /** Makes the present links the last: the peer closes with them, or now when there is none. */
  finish(reason: string): void {
    if (this.#state === 'closed') return;
    this.#peer.letGo();
    if (this.links.length === 0) return this.close(reason);
    this.#closeReason = reason;
    if (this.#state !== 'ready') this.#readiness?.reject(() => this.closedError());
  }

  /** Closes the connection and stops reconnecting. */
  leave(reason: string): void {
    if (this.#state === 'closed') return;
    this.#peer.letGo();
    this.close(reason);
  }

  /** Closes the peer for good. Idempotent. */
  close(reason: string): void {
    if (!this.#change('closed')) return;
    this.#closeReason = reason;
    this.#readiness?.reject(() => this.closedError());
    const link = this.#link;
    this.#link = undefined;
    link?.close(reason);
    this.#leaving.close(reason);
    this.#peer.linkGone(reason, true);
  }

  /** Returns the error for calls on a closed peer. */
  closedError(): NetronError {
    return new NetronError('unavailable', `peer '${this.#peer.id}' is closed: ${this.#closeReason}`);
  }

  #suspend(reason: string): void {
    if (this.#change('lost')) this.#peer.linkGone(reason, false);
  }

  #change(change: Change): boolean {
    const next = transitions[this.#state][change];
    if (next === undefined) return false;
    if (change !== 'resumed') this.#interrupted = false;
    this.#state = next;
    return true;
  }
}
