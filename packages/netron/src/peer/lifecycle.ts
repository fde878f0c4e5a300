/**
 * Life of a peer over all its connections: one state machine, whose transitions are a table. Receives links and what becomes
 * of them; hands the link in use to calls that wait for one.
 */
import { needs } from '../errors/missing-part.js';
import { NetronError } from '../errors/netron-error.js';
import type { CallOptions } from '../service/call/options.js';
import { LeavingLinks } from './leaving-links.js';
import type { AwaitedPeer, Readiness } from './readiness.js';
import type { PeerState } from './state.js';

/** Events of a peer's life. */
type Change =
  /** A link is there, and all that is in use was found on it. */
  | 'connected'
  /** The other end takes no more calls on the link. */
  | 'goodbye'
  /** The link has no connection, and waits for the next. */
  | 'interrupted'
  /** The link goes on over another connection. */
  | 'resumed'
  /** The link has ended. */
  | 'lost'
  /** No other link will follow. */
  | 'closed';

/** Next state for each event; what is not in the table changes nothing. */
const transitions: Readonly<Record<PeerState, Partial<Record<Change, PeerState>>>> = {
  connecting: { connected: 'ready', goodbye: 'draining', lost: 'suspended', closed: 'closed' },
  ready: { goodbye: 'draining', interrupted: 'suspended', lost: 'suspended', closed: 'closed' },
  draining: { goodbye: 'draining', lost: 'suspended', closed: 'closed' },
  suspended: { connected: 'ready', resumed: 'ready', goodbye: 'draining', lost: 'suspended', closed: 'closed' },
  closed: {},
};

/** Members of a link that its peer's life uses. */
export interface LivingLink {
  close(reason: string): void;
}

/** Peer whose life it is, and which hears how that goes on. */
export interface LivingPeer extends AwaitedPeer {
  /** No further connection is wanted. */
  letGo(): void;
  /** The link is gone; `final`: no other will follow. */
  linkGone(reason: string, final: boolean): void;
}

export class PeerLifecycle<Link extends LivingLink> {
  readonly #peer: LivingPeer;
  /** Absent: calls do not wait for another link. */
  readonly #readiness: Readiness<Link> | undefined;
  readonly #leaving = new LeavingLinks<Link>();
  #link: Link | undefined;
  #state: PeerState = 'connecting';
  /** The link in use waits for a connection. */
  #interrupted = false;
  /** Reason why no other link follows the present one. */
  #closeReason: string | undefined;

  /** @param readiness of calls that wait for a link; absent when none do */
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

  /** The link in use, and those that leave. */
  get links(): Link[] {
    const { all } = this.#leaving;
    return this.#link === undefined ? [...all] : [this.#link, ...all];
  }

  /** Calls that wait for a link. */
  get waiting(): number {
    return this.#readiness?.size ?? 0;
  }

  /** Whether no other link follows the present one. */
  get ending(): boolean {
    return this.#closeReason !== undefined;
  }

  /** The link, as soon as there is one that takes calls. */
  async ready(options: CallOptions | undefined): Promise<Link> {
    if (this.#state === 'ready') return this.#link as Link;
    if (this.#closeReason !== undefined) throw this.closedError();
    if (this.#readiness !== undefined) return this.#readiness.wait(options);
    throw new NetronError('unavailable', `peer '${this.#peer.id}' takes no more calls; coming back needs ${needs('reconnect')}`);
  }

  /** Takes a new link into use. @returns `false` when none is wanted any more: it is closed */
  take(link: Link): boolean {
    const before = this.#link;
    if (before !== undefined) {
      this.#link = undefined;
      if (this.#state === 'draining') this.#leaving.add(before);
      // The other end has noticed a loss that this one has not.
      else before.close('a new connection takes over');
      this.#suspend('a new connection takes over');
    }
    // Closed while the connection was made, or by who heard of the loss.
    if (this.#closeReason !== undefined) {
      link.close(this.closedError().message);
      return false;
    }
    this.#link = link;
    return true;
  }

  /** All that is in use was found on the link. @returns `false` when that has said goodbye, or is gone, meanwhile */
  begin(link: Link): boolean {
    if (link !== this.#link || !this.#change('connected')) return false;
    this.#readiness?.resolve(link);
    return true;
  }

  /** The other end takes no more calls on the link. @returns `false` when it is not the one in use */
  goodbye(link: Link): boolean {
    return link === this.#link && this.#change('goodbye');
  }

  /** The link has no connection for a while. @returns `false` when it is not the one that takes calls */
  interrupt(link: Link): boolean {
    if (link !== this.#link || !this.#change('interrupted')) return false;
    this.#interrupted = true;
    return true;
  }

  /** The link goes on over another connection. @returns `false` when it did not take calls before */
  resume(link: Link): boolean {
    if (link !== this.#link || !this.#interrupted || !this.#change('resumed')) return false;
    this.#interrupted = false;
    this.#readiness?.resolve(link);
    return true;
  }

  /** A link has ended; told once. @returns whether it was the one in use */
  lost(link: Link, reason: string): boolean {
    if (this.#leaving.delete(link) && this.links.length === 0 && this.#closeReason !== undefined) this.close(this.#closeReason);
    if (link !== this.#link) return false;
    this.#link = undefined;
    this.#suspend(reason);
    return true;
  }

  /** Lets the present links be the last: the peer is closed with them, or now when there is none. */
  finish(reason: string): void {
    if (this.#state === 'closed') return;
    this.#peer.letGo();
    if (this.links.length === 0) return this.close(reason);
    this.#closeReason = reason;
    if (this.#state !== 'ready') this.#readiness?.reject(() => this.closedError());
  }

  /** Ends the connection, and wants no other. */
  leave(reason: string): void {
    if (this.#state === 'closed') return;
    this.#peer.letGo();
    this.close(reason);
  }

  /** Ends for ever: no other connection will come. Idempotent. */
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

  /** Returns the error of calls that come too late. */
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
