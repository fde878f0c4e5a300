/** Rooms: members on any node, and events that reach those of one room alone. */
import { NetronError } from '../errors/netron-error.js';
import type { EventHub } from '../events/hub.js';
import { keep } from '../peer/references/reference.js';
import type { PeerState } from '../peer/state.js';
import type { Hold } from '../util/delivery-queue.js';
import { checkOptions, type OptionNames } from '../util/option-names.js';
import type { Presence, Present } from './presence.js';

/** Hears what is published in a room: its event and data. */
export type RoomListener = (event: string, data: unknown) => unknown;

/** A peer whose member joins. */
export interface JoiningPeer {
  readonly state: PeerState;
  /** Connection in use; a session keeps it while it has none. */
  readonly link?: object | undefined;
  once(event: 'disconnected', listener: () => void): () => void;
}

/** Options of `netron.rooms.join`. */
export interface JoinOptions {
  /** Data that others see of the member. */
  readonly data?: unknown;
  /** Hears what is published in the room; may be a function of another node. */
  readonly listener?: RoomListener;
  /** The member leaves when this peer is disconnected. */
  readonly peer?: JoiningPeer;
}

const names: OptionNames<JoinOptions> = { data: true, listener: true, peer: true };

/** A room as this node serves it. */
interface LocalRoom {
  readonly listeners: Set<RoomListener>;
  readonly end: () => void;
}

/** Rooms of the cluster: members, and what is published to all of them, wherever they are. */
export class Rooms {
  readonly #hub: Pick<EventHub, 'publish' | 'subscribe'>;
  readonly #presence: Presence;
  readonly #failed: (error: unknown, event: string) => void;
  readonly #rooms = new Map<string, LocalRoom>();

  /** @param failed told of listeners that fail */
  constructor(hub: Pick<EventHub, 'publish' | 'subscribe'>, presence: Presence, failed: (error: unknown, event: string) => void) {
    this.#hub = hub;
    this.#presence = presence;
    this.#failed = failed;
  }

  /**
   * Lets a member into a room, until it leaves.
   *
   * @param room any text of at most 128 characters
   * @returns takes it out; callable twice
   * @throws RangeError for a text that is empty or too long; TypeError for unknown options
   * @throws NetronError `unavailable` when `peer` is not connected any more: it would never leave
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

  /** Tells every member of a room, on all nodes. One-way; events of one node arrive in order. */
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
    // Its own object: the same function may listen twice. One of another node lasts until it is let go of.
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

/** The event that carries what is published in a room. Rooms may have any name, events may not. */
function topicOf(room: string): string {
  if (typeof room !== 'string' || room.length === 0 || room.length > 128) throw new RangeError('a room has 1 to 128 characters');
  if (/\p{Surrogate}/u.test(room)) throw new RangeError('the name of a room has half of a character');
  const name = encodeURIComponent(room).replaceAll('*', '%2A');
  if (name.length > 240) throw new RangeError(`the name of room '${room}' is too long`);
  return `netron:room:${name}`;
}
