/** Members that are there, on any node: each node owns its own entries and tells the others of them. */
import { NetronError } from '../errors/netron-error.js';
import type { Clock } from '../util/clock.js';
import { Emitter, type Listen, type Unlisten } from '../util/emitter.js';
import { quietly } from '../util/quietly.js';
import { ChangeFeed, type Changes, type Entry, type Feed } from './change-feed.js';
import type { Endpoint } from './endpoint.js';
import type { Endpoints } from './endpoints.js';

/** A member that is there. */
export interface Present<Data = unknown> {
  /** Place it is at, for instance a document or a room. */
  readonly key: string;
  readonly member: string;
  readonly data: Data;
  /** The id of its node. */
  readonly node: string;
}

/** Events of `netron.presence`. */
export interface PresenceEvents {
  join: Present;
  leave: Present;
  /** Its data is another. */
  change: Present;
}

/** A member of this node. */
export interface Tracked extends Disposable {
  /** Gives it other data. */
  update(data: unknown): void;
  /** It is not there any more. Callable twice. */
  leave(): void;
}

/** Entries of one node, at most; more are refused. */
export const mostEntries = 100_000;
/** Milliseconds until a node that is connected, but did not tell, is asked again. */
const askAgain = 1_000;

/** Answers of `netron-events`. */
interface Teller {
  entries(): AsyncIterable<Changes>;
}

/** Members that the nodes of the cluster track by keys: each node knows all of them. */
export class Presence {
  readonly #id: string;
  readonly #clock: Clock;
  readonly #events: Emitter<PresenceEvents>;
  /** Entries by node, and by key and member. */
  readonly #nodes = new Map<string, Map<string, Present>>();
  /** How often each entry of this node is tracked. */
  readonly #held = new Map<string, number>();
  readonly #feeds = new Set<Feed>();
  /** Nodes that are being listened to. */
  readonly #reading = new Map<Endpoint, AsyncIterator<Changes>>();
  #closed = false;

  /** @param failed told of listeners that fail */
  constructor(id: string, clock: Clock, failed: (error: unknown) => void) {
    this.#id = id;
    this.#clock = clock;
    this.#events = new Emitter<PresenceEvents>(failed);
    this.#nodes.set(id, new Map());
  }

  get on(): Listen<PresenceEvents> {
    return this.#events.on.bind(this.#events) as Listen<PresenceEvents>;
  }

  get once(): Listen<PresenceEvents> {
    return this.#events.once.bind(this.#events) as Listen<PresenceEvents>;
  }

  get off(): Unlisten<PresenceEvents> {
    return this.#events.off.bind(this.#events) as Unlisten<PresenceEvents>;
  }

  /**
   * Says that a member is there, until `leave` or the node's end. Tracked twice, it is there until both have left.
   *
   * @param data plain data
   * @throws NetronError `resource_exhausted` for more than 100,000 on a node
   */
  track(key: string, member: string, data: unknown = undefined): Tracked {
    for (const text of [key, member]) if (typeof text !== 'string') throw new TypeError('key and member are strings');
    const own = this.#nodes.get(this.#id) as Map<string, Present>;
    const id = idOf(key, member);
    const held = this.#held.get(id) ?? 0;
    if (held === 0 && own.size >= mostEntries)
      throw new NetronError('resource_exhausted', `more than ${mostEntries} are present`);
    this.#held.set(id, held + 1);
    this.#put(this.#id, { key, member, data });
    let left = false;
    const leave = (): void => {
      if (left) return;
      left = true;
      const rest = (this.#held.get(id) ?? 1) - 1;
      this.#held.set(id, rest);
      if (rest > 0) return;
      this.#held.delete(id);
      this.#remove(this.#id, key, member);
    };
    const update = (changed: unknown): void => {
      if (!left) this.#put(this.#id, { key, member, data: changed });
    };
    return { update, leave, [Symbol.dispose]: leave };
  }

  /** Returns the members at a place, of all nodes; of all places without one. */
  list<Data = unknown>(key?: string): Present<Data>[] {
    const all = [...this.#nodes.values()].flatMap((entries) => [...entries.values()]);
    return (key === undefined ? all : all.filter((entry) => entry.key === key)) as Present<Data>[];
  }

  /** Entries of this node. */
  get own(): readonly Entry[] {
    return [...(this.#nodes.get(this.#id) as Map<string, Present>).values()];
  }

  /** Hands changes of this node's entries to `feed`, from now on. Returns what ends that. */
  feed(feed: Feed): () => void {
    this.#feeds.add(feed);
    return () => void this.#feeds.delete(feed);
  }

  /** Entries of this node, and then what changes: for one other node. */
  tell(): AsyncGenerator<Changes> {
    const feed = new ChangeFeed(
      () => this.own,
      () => off(),
    );
    const off = this.feed(feed);
    return feed.read();
  }

  /**
   * Takes over what another node says of its entries. Changes of what is no entry are left out.
   *
   * @returns whether all were entries
   */
  apply(node: string, { all, put, gone }: Changes): boolean {
    const listed = entriesOf(all);
    if (all !== undefined) {
      const kept = new Set(listed.map(({ key, member }) => idOf(key, member)));
      for (const [id, { key, member }] of this.#nodes.get(node) ?? []) if (!kept.has(id)) this.#remove(node, key, member);
    }
    const changed = entriesOf(put);
    const went = pairsOf(gone);
    for (const entry of listed) this.#put(node, entry);
    for (const entry of changed) this.#put(node, entry);
    for (const [key, member] of went) this.#remove(node, key, member);
    const given = lengthOf(all) + lengthOf(put) + lengthOf(gone);
    return given === listed.length + changed.length + went.length;
  }

  /** Takes out all entries of a node. */
  forget(node: string): void {
    for (const { key, member } of [...(this.#nodes.get(node)?.values() ?? [])]) this.#remove(node, key, member);
  }

  /** Listens to other nodes. */
  follow(endpoints: Endpoints): void {
    const read = (endpoint: Endpoint): void => void this.#read(endpoint);
    endpoints.listeners.add({
      readyChanged() {},
      endpointReady: read,
      endpointGone: (endpoint) => {
        void quietly(() => this.#reading.get(endpoint)?.return?.());
        this.forget(endpoint.id);
      },
    });
    for (const endpoint of endpoints.endpoints) if (endpoint.ready) read(endpoint);
  }

  close(): void {
    this.#closed = true;
    for (const feed of this.#feeds) feed.end();
    for (const reading of this.#reading.values()) void quietly(() => reading.return?.());
  }

  /** Reads what a node tells, as long as it is connected. */
  async #read(endpoint: Endpoint): Promise<void> {
    if (this.#reading.has(endpoint)) return;
    const proxy = endpoint.line()?.binding?.proxy as Teller | undefined;
    if (proxy === undefined) return;
    const changes = proxy.entries()[Symbol.asyncIterator]();
    this.#reading.set(endpoint, changes);
    try {
      for (let step = await changes.next(); step.done !== true; step = await changes.next()) this.apply(endpoint.id, step.value);
    } catch {
      // The connection is lost, or the node has stopped.
    }
    this.#reading.delete(endpoint);
    this.forget(endpoint.id);
    if (this.#closed) return;
    const again = (): void => {
      if (endpoint.ready && !this.#closed) void this.#read(endpoint);
    };
    this.#clock.setTimeout(again, askAgain, true);
  }

  #put(node: string, { key, member, data }: Pick<Present, 'key' | 'member' | 'data'>): void {
    const entries = this.#nodes.get(node) ?? new Map<string, Present>();
    this.#nodes.set(node, entries);
    const id = idOf(key, member);
    const known = entries.get(id);
    if (known === undefined && entries.size >= mostEntries) return;
    const entry: Present = { key, member, data, node };
    entries.set(id, entry);
    if (node === this.#id) for (const feed of this.#feeds) feed.put(entry);
    this.#events.emit(known === undefined ? 'join' : 'change', entry);
  }

  #remove(node: string, key: string, member: string): void {
    const entries = this.#nodes.get(node);
    const entry = entries?.get(idOf(key, member));
    if (entry === undefined) return;
    entries?.delete(idOf(key, member));
    if (node === this.#id) for (const feed of this.#feeds) feed.gone(key, member);
    else if (entries?.size === 0) this.#nodes.delete(node);
    this.#events.emit('leave', entry);
  }
}

/** The entries of a list that a node has sent. */
function entriesOf(given: unknown): Entry[] {
  if (!Array.isArray(given)) return [];
  return given.slice(0, mostEntries).filter(({ key, member } = {}) => typeof key === 'string' && typeof member === 'string');
}

/** Places and members of a list that a node has sent. */
function pairsOf(given: unknown): (readonly [key: string, member: string])[] {
  if (!Array.isArray(given)) return [];
  return given.filter((pair) => Array.isArray(pair) && typeof pair[0] === 'string' && typeof pair[1] === 'string');
}

function lengthOf(given: unknown): number {
  return Array.isArray(given) ? given.length : given === undefined ? 0 : 1;
}

function idOf(key: string, member: string): string {
  return JSON.stringify([key, member]);
}
