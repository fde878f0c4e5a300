/**
 * One connection to a node, shared by all services that are called there: dials the node's addresses in turn until one
 * answers, uses a connection that is there already, and ends what it has made when nobody needs it any more.
 *
 * One state machine: *held by nobody*, *dialing*, *with a peer* that was made here or came by itself, *replacing* one by the node's next run.
 */
import type { NodeInfo } from '../discovery/node-info.js';
import { NetronError } from '../errors/netron-error.js';
import { DialPace } from '../peer/dial-pace.js';
import type { RemotePeer } from '../peer/remote-peer.js';
import type { SessionOptions } from '../peer/session/session-options.js';
import { pause } from '../util/pause.js';
import type { ClusterNode } from './cluster-node.js';
import type { DialSlots } from './dial-slots.js';
import type { LeavingPeers } from './leaving-peers.js';

/** Upper bound of the delay before the second attempt, in milliseconds. */
const firstDelay = 1_000;

/** Events of a peer after which it may be called, or not any more. */
const peerEvents = [
  'connected',
  'disconnected',
  'interrupted',
  'resumed',
  'draining',
  'services:added',
  'services:removed',
] as const;

/** Reason why a connection ends that was made in vain. */
const needless = 'nobody needs the connection any more';

/** Runs of nodes that peers were dialed for, as registries had them. */
const runs = new WeakMap<RemotePeer, string>();

/** Members of whoever makes connections. */
export interface ConnectionOwner {
  /** It has a peer. */
  connected(): void;
  /** The peer has told that it has other services. */
  told(): void;
  /** Nobody holds it any more. @param peer the one that it has */
  gone(peer: RemotePeer | undefined): void;
  /** Its peers that nobody needs any more. */
  readonly leaving: Pick<LeavingPeers, 'add' | 'has' | 'takeBack'>;
}

/** How a connection is made. */
export interface ConnectionKind {
  /** Whether a connection that is there already will do. */
  readonly shared: boolean;
  /** `true`: as the node has them. */
  readonly session: boolean | SessionOptions;
}

export class NodeConnection {
  /** The peer, from the first connection on. */
  peer: RemotePeer | undefined;
  /** Reason why the last attempt has failed. */
  error: NetronError | undefined;
  readonly #node: ClusterNode;
  readonly #slots: DialSlots;
  readonly #session: boolean | SessionOptions;
  /** Whether a connection that is there already will do. */
  readonly #shared: boolean;
  readonly #owner: ConnectionOwner;
  readonly #holders = new Set<() => void>();
  #info: NodeInfo;
  /** The peer was made here, and is ended here. */
  #owned = false;
  /** The node has other addresses than the peer was dialed at. */
  #moved = false;
  #unlisten: (() => void) | undefined;
  #dialing: AbortController | undefined;
  #pace: DialPace;
  /** Whether the next attempt waits: there was one before, at these addresses. */
  #waits = false;
  /** Attempts since the last connection, which go through the addresses in turn. */
  #attempts = 0;

  /**
   * @param kind whether a connection that is there already will do, and the session of one that is made
   */
  constructor(node: ClusterNode, slots: DialSlots, info: NodeInfo, kind: ConnectionKind, owner: ConnectionOwner) {
    this.#node = node;
    this.#shared = kind.shared;
    this.#session = kind.session;
    this.#slots = slots;
    this.#info = info;
    this.#owner = owner;
    this.#pace = new DialPace(node, firstDelay);
  }

  /** Whether the peer takes calls. */
  get ready(): boolean {
    return this.peer?.accepting === true;
  }

  /** Keeps the connection until what is returned is called; `changed` is called whenever it may have become ready, or not. */
  hold(changed: () => void): () => void {
    this.#holders.add(changed);
    this.look();
    return () => {
      if (!this.#holders.delete(changed) || this.#holders.size > 0) return;
      this.#owner.gone(this.peer);
      this.#dialing?.abort();
      this.#leave();
    };
  }

  /** The node's description has changed. */
  update(info: NodeInfo): void {
    const { addresses, instance } = this.#info;
    this.#info = info;
    if (!this.#owned && this.#dialing === undefined) {
      // A peer that came by itself is called as long as it is there, unless it only claims to be a node that is listed now.
      if (this.peer === undefined || this.#takes(this.peer)) return this.#follow();
      this.#leave();
      return this.look();
    }
    // It was reached before its record came.
    if (info.instance !== instance && this.peer?.instance === info.instance) return;
    const moved = info.addresses.join() !== addresses.join();
    if (moved) this.#moved = true;
    if (moved && this.ready && isAnotherRun(this.peer, info)) void this.#replace();
    else this.#follow();
  }

  /** Another run has the node's id: goes there as soon as it is reached. Until then calls go to the run before, while that takes any. */
  async #replace(): Promise<void> {
    const before = this.peer;
    const pace = new DialPace(this.#node, firstDelay);
    this.#dialing?.abort();
    const ended = new AbortController();
    this.#dialing = ended;
    try {
      while (this.peer === before && this.#moved) {
        const peer = await this.#reach(ended.signal).catch(() => undefined);
        if (peer === undefined) await pause(pace.next(), this.#node.clock, ended.signal);
        else if (ended.signal.aborted || this.peer !== before || !this.#moved) peer.life.leave(needless);
        else {
          this.#moved = false;
          this.#leave();
          this.#use(peer, true);
        }
      }
    } catch {
      // Nobody needs it any more, or the node has moved.
    } finally {
      if (this.#dialing === ended) this.#dialing = undefined;
      this.look();
    }
  }

  /** Goes to the new addresses of a node that has moved, or to its next run, as soon as it is not called where it was. */
  #follow(): void {
    const { peer } = this;
    const next = isAnotherRun(peer, this.#info);
    if (this.ready || (!this.#moved && !next)) return;
    const draining = peer?.state === 'draining';
    if (draining && !next) return;
    this.#moved = false;
    this.#dialing?.abort();
    // What a run that takes leave has begun, it finishes.
    if (draining || !this.#owned) this.#leave();
    else peer?.life.leave('the node has moved');
    this.#pace = new DialPace(this.#node, firstDelay);
    this.#waits = false;
    this.#attempts = 0;
    this.look();
  }

  /** Takes a peer that came by itself, or dials, when there is none. */
  look(): void {
    if (this.#holders.size === 0) return;
    if (this.peer !== undefined && this.peer.state === 'closed') this.#forget();
    if (this.peer === undefined && this.#dialing === undefined) {
      const known = this.#shared ? this.#node.peers.get(this.#info.id) : undefined;
      const fits = known !== undefined && (known.accepting || !isAnotherRun(known, this.#info));
      if (fits && this.#takes(known)) this.#use(known, this.#owner.leaving.takeBack(known));
      else if (this.#info.addresses.length > 0) void this.#dial();
    }
  }

  /** Whether a peer that claims the node's id is taken for it: of a node whose addresses count, one that was connected to there. */
  #takes(peer: RemotePeer): boolean {
    const byAddress = this.#node.listedOnly !== undefined && this.#info.addresses.length > 0;
    return byAddress ? this.#owner.leaving.has(peer) : trusted(peer, this.#node);
  }

  async #dial(): Promise<void> {
    const ended = new AbortController();
    this.#dialing = ended;
    try {
      while (!ended.signal.aborted && this.peer === undefined) {
        if (this.#waits) await pause(this.#pace.next(), this.#node.clock, ended.signal);
        this.#waits = true;
        await this.#try(ended.signal);
      }
    } catch {
      // Nobody needs it any more, or the node has moved.
    } finally {
      if (this.#dialing === ended) this.#dialing = undefined;
      // Given up, it may be needed again, or at other addresses.
      this.look();
    }
  }

  /** One attempt, at one of the addresses. */
  async #try(signal: AbortSignal): Promise<void> {
    try {
      const peer = await this.#reach(signal);
      if (signal.aborted) peer.life.leave(needless);
      else this.#use(peer, true);
    } catch (error) {
      if (signal.aborted) throw error;
      this.error = error as NetronError;
      this.#changed();
    }
  }

  /** Connects to one of the addresses. @throws NetronError that says why that cannot be */
  async #reach(signal: AbortSignal): Promise<RemotePeer> {
    const { id, instance, addresses } = this.#info;
    const address = addresses[this.#attempts % addresses.length] as string;
    this.#attempts += 1;
    // A node of which only addresses are known has one of them for its id.
    const expect = addresses.includes(id) ? undefined : id;
    const trusted = this.#node.discovery?.trusted(id, address) ?? false;
    try {
      const peer = await this.#slots.run(
        () => this.#node.connect({ address, expect, trusted, session: this.#session }, signal),
        signal,
      );
      runs.set(peer, instance);
      return peer;
    } catch (cause) {
      const error = refusedWithout(trusted, NetronError.from(cause, 'unavailable'));
      if (!signal.aborted) this.#node.logger.debug({ node: id, address, reason: error.message }, 'a node cannot be reached');
      throw error;
    }
  }

  #use(peer: RemotePeer, owned: boolean): void {
    this.peer = peer;
    this.#owned = owned;
    this.error = undefined;
    this.#pace.connected();
    this.#attempts = 0;
    const { nodeId } = peer;
    const changed = (): void => {
      // The address that the program has connected to leads to another node now.
      if (!owned && peer.nodeId !== nodeId) {
        this.#leave();
        this.look();
      } else this.#follow();
      this.#changed();
    };
    const offs = peerEvents.map((event) => peer.on(event, changed));
    offs.push(peer.on('services:removed', () => this.#owner.told()));
    this.#unlisten = () => {
      for (const off of offs) off();
    };
    this.#changed();
    this.#owner.connected();
  }

  #forget(): void {
    this.#unlisten?.();
    this.#unlisten = undefined;
    this.peer = undefined;
    this.#moved = false;
    // What was connected and is closed for good is not met again at once, and later each time when it did not hold.
    this.#pace.ended();
    this.#waits = true;
    this.#changed();
  }

  #changed(): void {
    for (const changed of this.#holders) changed();
  }

  /** Lets go of the peer; one that was made here ends as soon as it is idle. */
  #leave(): void {
    const { peer } = this;
    if (peer === undefined) return;
    this.#unlisten?.();
    this.peer = undefined;
    if (this.#owned) this.#owner.leaving.add(peer);
  }
}

/** Whether a peer is another run of the node than the one that a registry describes. */
function isAnotherRun(peer: RemotePeer | undefined, { instance, started }: NodeInfo): boolean {
  if (peer?.instance === undefined || peer.instance === instance) return false;
  const dialedFor = runs.get(peer);
  if (dialedFor !== undefined) return dialedFor !== instance;
  // Lists and DNS name addresses, no runs.
  return started > 0;
}

/** Adds to a refusal that no credentials were shown, and why. */
function refusedWithout(trusted: boolean, error: NetronError): NetronError {
  if (trusted || error.code !== 'unauthenticated') return error;
  const hint =
    'no credentials are shown to a node whose record is not signed: see the options discovery.secret and discovery.trust';
  return new NetronError('unauthenticated', `${error.message} (${hint})`, { cause: error });
}

/**
 * Whether calls may go to a peer because of the id and services that it claims: this node has dialed it, or connections are
 * all that there is to find nodes by. An identity is not enough: users have one, too, and could pose as a service.
 */
export function trusted(peer: RemotePeer, node: Pick<ClusterNode, 'discovers'>): boolean {
  return peer.dialed || !node.discovers;
}
