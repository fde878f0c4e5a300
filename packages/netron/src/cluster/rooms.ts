/** Rooms: members on any node, and events for the members of one room. */
import { NetronError } from '../errors/netron-error.js';
import type { EventHub } from '../events/hub.js';
import { keep } from '../peer/references/reference.js';
import type { PeerState } from '../peer/state.js';
import type { Hold } from '../util/delivery-queue.js';
import { checkOptions, type OptionNames } from '../util/option-names.js';
import type { Presence, Present } from './presence.js';

/** Receives the events that are published in a room. */
export type RoomListener = (event: string, data: unknown) => unknown;

/** Peer of a member that joins. */
export interface JoiningPeer {
  readonly state: PeerState;
  /** Current connection; a suspended peer with a session keeps it. */
  readonly link?: object | undefined;
  once(event: 'disconnected', listener: () => void): () => void;
}

/** Options of `netron.rooms.join`. */
export interface JoinOptions {
  /** Data of the member, visible to others. */
  readonly data?: unknown;
  /** Receives the events published in the room; may be a function of another node. */
  readonly listener?: RoomListener;
  /** Peer of the member: the member leaves when it is disconnected. */
  readonly peer?: JoiningPeer;
}

const names: OptionNames<JoinOptions> = { data: true, listener: true, peer: true };

/** A room that has listeners on this node. */
interface LocalRoom {
  readonly listeners: Set<RoomListener>;
  readonly end: () => void;
}

/** Rooms of the cluster: their members, and events for all of them, on all nodes. */
export class Rooms {
  readonly #hub: Pick<EventHub, 'publish' | 'subscribe'>;
  readonly #presence: Presence;
  readonly #failed: (error: unknown, event: string) => void;
  readonly #rooms = new Map<string, LocalRoom>();

  /** @param failed called with errors of listeners */
  constructor(hub: Pick<EventHub, 'publish' | 'subscribe'>, presence: Presence, failed: (error: unknown, event: string) => void) {
    this.#hub = hub;
    this.#presence = presence;
    this.#failed = failed;
  }

  /**
   * Adds a member to a room, until it leaves.
   *
   * @param room any string of at most 128 characters
   * @returns a function that removes the member; idempotent
   * @throws RangeError for a name that is empty or too long; TypeError for unknown options
   * @throws NetronError `unavailable` when `peer` is disconnected already: the member would never leave
   */
  join(room: string, member: string, options: JoinOptions = {}): () => void {
    checkOptions('join', options, names);
    const { data, listener, peer } = options;
    const topic = topicOf(room);
    if (peer?.state === 'closed' || (peer?.state === 'suspended' && peer.link === undefined))
      throw new NetronError('unavailable', `member '${member}' cannot join room '${room}': its peer is disconnected`);
    const tracked = this.#presence.track(topic, member, data);
    const unlisten = listener === undefined ? undefined : this.#listen(topic, listener);
    const off = peer?.once('disconnected', () => leave());
    const leave = (): void => {
      tracked.leave();
      unlisten?.();
      off?.();
    };
    return leave;
  }

  /** Publishes an event to every member of a room, on all nodes. One-way; events of one node arrive in order. */
  publish(room: string, event: string, data?: unknown): Hold {
    return this.#hub.publish(topicOf(room), { event, data });
  }

  /** Returns the members of a room, on all nodes. */
  members<Data = unknown>(room: string): Omit<Present<Data>, 'key'>[] {
    return this.#presence.list<Data>(topicOf(room)).map(({ member, data, node }) => ({ member, data, node }));
  }

  #listen(topic: string, listener: RoomListener): () => void {
    let room = this.#rooms.get(topic);
    if (room === undefined) {
      const listeners = new Set<RoomListener>();
      room = { listeners, end: this.#hub.subscribe(topic, (data) => this.#tell(topic, listeners, data)) };
      this.#rooms.set(topic, room);
    }
    // An object of its own, because the same function may listen twice. A function of another node stays valid until it is released.
    const kept = keep(listener);
    const own: RoomListener = (event, data) => kept(event, data);
    const { listeners, end } = room;
    listeners.add(own);
    return () => {
      if (!listeners.delete(own)) return;
      (kept as Partial<Disposable>)[Symbol.dispose]?.();
      if (listeners.size > 0) return;
      this.#rooms.delete(topic);
      end();
    };
  }

  #tell(topic: string, listeners: ReadonlySet<RoomListener>, given: unknown): void {
    const { event, data } = (given ?? {}) as { event?: unknown; data?: unknown };
    if (typeof event !== 'string') return;
    for (const listener of listeners) {
      const failed = (error: unknown): void => this.#failed(error, topic);
      try {
        const answer = listener(event, data);
        if (typeof answer === 'object' && answer !== null && 'then' in answer) Promise.resolve(answer).catch(failed);
      } catch (error) {
        failed(error);
      }
    }
  }
}

/** Returns the event that carries the events of a room. It is encoded, because names of rooms are arbitrary and names of events are not. */
function topicOf(room: string): string {
  if (typeof room !== 'string' || room.length === 0 || room.length > 128)
    throw new RangeError('room must have 1 to 128 characters');
  if (/\p{Surrogate}/u.test(room)) throw new RangeError('room contains a lone surrogate');
  const name = encodeURIComponent(room).replaceAll('*', '%2A');
  if (name.length > 240) throw new RangeError(`room '${room}' is too long`);
  return `netron:room:${name}`;
}
