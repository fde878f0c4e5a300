/**
 * One connection to a node, shared by all services that are called there: dials the node's addresses in turn until one
 * answers, uses an existing connection if there is one, and closes its own connection when it is no longer needed.
 *
 * One state machine: *without holders*, *dialing*, *with a peer* that was dialed here or has connected by itself, *replacing* one by
 * the node's next run.
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

/** Events of a peer after which calls may be possible, or no longer. */
const peerEvents = [
  'connected',
  'disconnected',
  'interrupted',
  'resumed',
  'draining',
  'services:added',
  'services:removed',
] as const;

/** Reason for closing a connection that turned out not to be needed. */
const needless = 'the connection is no longer needed';

/** Runs of the nodes for which peers were dialed, as registries listed them. */
const runs = new WeakMap<RemotePeer, string>();

/** Owner of connections. */
export interface ConnectionOwner {
  /** The connection has a peer. */
  connected(): void;
  /** The peer has announced other services. */
  servicesChanged(): void;
  /** The connection has no holders any more. @param peer its peer, if any */
  gone(peer: RemotePeer | undefined): void;
  /** Its peers that are no longer needed. */
  readonly leaving: Pick<LeavingPeers, 'add' | 'has' | 'takeBack'>;
}

/** Properties of a connection. */
export interface ConnectionKind {
  /** Whether an existing connection may be used. */
  readonly shared: boolean;
  /** `true`: with the bounds of this node. */
  readonly session: boolean | SessionOptions;
}

export class NodeConnection {
  /** The peer, from the first connection on. */
  peer: RemotePeer | undefined;
  /** Error of the last attempt, if it has failed. */
  error: NetronError | undefined;
  readonly #node: ClusterNode;
  readonly #slots: DialSlots;
  readonly #session: boolean | SessionOptions;
  /** Whether an existing connection may be used. */
  readonly #shared: boolean;
  readonly #owner: ConnectionOwner;
  readonly #holders = new Set<() => void>();
  #info: NodeInfo;
  /** Whether the peer was dialed here, and so is disconnected here. */
  #owned = false;
  /** Whether the node's addresses differ from those at which the peer was dialed. */
  #moved = false;
  #unlisten: (() => void) | undefined;
  #dialing: AbortController | undefined;
  #pace: DialPace;
  /** Whether the next attempt is delayed, because there was one at these addresses. */
  #waits = false;
  /** Attempts since the last connection; they cycle through the addresses. */
  #attempts = 0;

  /**
   * @param kind whether an existing connection may be used, and the session of a new one
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

  /** Whether the peer accepts calls. */
  get ready(): boolean {
    return this.peer?.accepting === true;
  }

  /** Keeps the connection until the returned function is called; `changed` is called whenever its readiness may have changed. */
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

  /** Applies a new description of the node. */
  update(info: NodeInfo): void {
    const { addresses, instance } = this.#info;
    this.#info = info;
    if (!this.#owned && this.#dialing === undefined) {
      // A peer that has connected by itself is used while it is there, unless it only claims to be a node that is listed now.
      if (this.peer === undefined || this.#takes(this.peer)) return this.#follow();
      this.#leave();
      return this.look();
    }
    // The run was reached before its record arrived.
    if (info.instance !== instance && this.peer?.instance === info.instance) return;
    const moved = info.addresses.join() !== addresses.join();
    if (moved) this.#moved = true;
    if (moved && this.ready && isAnotherRun(this.peer, info)) void this.#replace();
    else this.#follow();
  }

  /** Connects to another run that has the node's id. Until it is reached, calls go to the old run as long as that accepts any. */
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
      // The connection is no longer needed, or the node has moved again.
    } finally {
      if (this.#dialing === ended) this.#dialing = undefined;
      this.look();
    }
  }

  /** Switches to the new addresses of a node that has moved, or to its next run, once the old connection is not ready. */
  #follow(): void {
    const { peer } = this;
    const next = isAnotherRun(peer, this.#info);
    if (this.ready || (!this.#moved && !next)) return;
    const draining = peer?.state === 'draining';
    if (draining && !next) return;
    this.#moved = false;
    this.#dialing?.abort();
    // Calls in flight at a run that is draining can finish.
    if (draining || !this.#owned) this.#leave();
    else peer?.life.leave('the node has moved');
    this.#pace = new DialPace(this.#node, firstDelay);
    this.#waits = false;
    this.#attempts = 0;
    this.look();
  }

  /** Uses a peer that has connected by itself, or else dials. */
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

  /** Whether a peer that claims the node's id is used for it: if only listed addresses count, only one that was dialed there. */
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
      // The connection is no longer needed, or the node has moved.
    } finally {
      if (this.#dialing === ended) this.#dialing = undefined;
      // The aborted attempt may be needed again, or at other addresses.
      this.look();
    }
  }

  /** Makes one attempt, at one of the addresses. */
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

  /** Connects to one of the addresses. @throws NetronError with the reason why it cannot */
  async #reach(signal: AbortSignal): Promise<RemotePeer> {
    const { id, instance, addresses } = this.#info;
    const address = addresses[this.#attempts % addresses.length] as string;
    this.#attempts += 1;
    // A node known only by its addresses has one of them as its id.
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
      if (!signal.aborted) this.#node.logger.debug({ node: id, address, reason: error.message }, 'cannot reach a node');
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
      // The address that the program has connected to belongs to another node now.
      if (!owned && peer.nodeId !== nodeId) {
        this.#leave();
        this.look();
      } else this.#follow();
      this.#changed();
    };
    const offs = peerEvents.map((event) => peer.on(event, changed));
    offs.push(peer.on('services:removed', () => this.#owner.servicesChanged()));
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
    // After a closed connection the next attempt is delayed, and longer each time if the connection did not last.
    this.#pace.ended();
    this.#waits = true;
    this.#changed();
  }

  #changed(): void {
    for (const changed of this.#holders) changed();
  }

  /** Releases the peer; one that was dialed here is disconnected as soon as it is idle. */
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
  // Static lists and DNS describe addresses, not runs.
  return started > 0;
}

/** Adds to an authentication error the reason why no credentials were presented. */
function refusedWithout(trusted: boolean, error: NetronError): NetronError {
  if (trusted || error.code !== 'unauthenticated') return error;
  const hint =
    'credentials are not sent to a node whose record is not signed: see the options discovery.secret and discovery.trust';
  return new NetronError('unauthenticated', `${error.message} (${hint})`, { cause: error });
}

/**
 * Whether a peer is trusted to have the id and services that it claims: this node has dialed it, or nodes are found only through
 * connections. An identity does not suffice: users have one as well, and could pose as a service.
 */
export function trusted(peer: RemotePeer, node: Pick<ClusterNode, 'discovers'>): boolean {
  return peer.dialed || !node.discovers;
}
