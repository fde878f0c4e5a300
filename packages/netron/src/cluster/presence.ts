/** Presence: members on any node. Each node owns its entries and sends them to the others. */
import { NetronError } from '../errors/netron-error.js';
import { Emitter, type Listen, type Unlisten } from '../util/emitter.js';
import { ChangeFeed, type Changes, type Entry, type Feed } from './change-feed.js';

/** A member that is present. */
export interface Present<Data = unknown> {
  /** Place of the member, for instance a document or a room. */
  readonly key: string;
  readonly member: string;
  readonly data: Data;
  /** Id of the member's node. */
  readonly node: string;
}

/** Events of `netron.presence`. */
export interface PresenceEvents {
  join: Present;
  leave: Present;
  /** The data of a member has changed. */
  change: Present;
}

/** A member that this node tracks. */
export interface Tracked extends Disposable {
  /** Replaces its data. */
  update(data: unknown): void;
  /** Removes the member. Idempotent. */
  leave(): void;
}

/** Maximum number of entries of one node; more are refused. */
export const maxEntries = 100_000;

/** Approximate limits of a portion of all entries: their number and their size in bytes. */
const portion = { entries: 1_000, bytes: 128 * 1024 };

/** Members of a node that its presence uses. */
export interface PresentNode {
  readonly id: string;
  /** Returns the size of a value in a message, in bytes. Throws for a value that cannot be sent or exceeds the limit of an entry. */
  sizeOf(value: unknown): number;
}

/** Members that the nodes of the cluster track by keys. Each node knows all of them. */
export class Presence {
  readonly #node: PresentNode;
  readonly #id: string;
  readonly #events: Emitter<PresenceEvents>;
  /** Entries by node, and then by key and member. */
  readonly #nodes = new Map<string, Map<string, Present>>();
  /** Number of times that each entry of this node is tracked. */
  readonly #held = new Map<string, number>();
  /** Size of each entry of this node, in bytes. */
  readonly #sizes = new Map<string, number>();
  readonly #feeds = new Set<Feed>();
  /** Readers at other nodes of the mesh. */
  readonly #readers = new Set<ChangeFeed>();
  #left = false;

  /** @param failed called with errors of listeners */
  constructor(node: PresentNode, failed: (error: unknown) => void) {
    this.#node = node;
    this.#id = node.id;
    this.#events = new Emitter<PresenceEvents>(failed);
    this.#nodes.set(node.id, new Map());
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
   * Adds a member, until `leave` or the end of the node. A member that is tracked twice stays until both have left.
   *
   * @param data plain data; at most 65,536 bytes together with key and member
   * @throws NetronError `resource_exhausted` for more than 100,000 members on a node, and for an entry that is too large; `invalid_argument`
   *   for data that cannot be sent
   */
  track(key: string, member: string, data: unknown = undefined): Tracked {
    for (const text of [key, member]) if (typeof text !== 'string') throw new TypeError('key and member must be strings');
    const own = this.#nodes.get(this.#id) as Map<string, Present>;
    const id = idOf(key, member);
    const held = this.#held.get(id) ?? 0;
    if (held === 0 && own.size >= maxEntries)
      throw new NetronError('resource_exhausted', `more than ${maxEntries} members are present`);
    this.#sizes.set(id, this.#sizeOf({ key, member, data }));
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
      this.#sizes.delete(id);
    };
    const update = (changed: unknown): void => {
      if (left) return;
      this.#sizes.set(id, this.#sizeOf({ key, member, data: changed }));
      this.#put(this.#id, { key, member, data: changed });
    };
    return { update, leave, [Symbol.dispose]: leave };
  }

  /** Returns the members at a place, or at all places, on all nodes. */
  list<Data = unknown>(key?: string): Present<Data>[] {
    const all = [...this.#nodes.values()].flatMap((entries) => [...entries.values()]);
    return (key === undefined ? all : all.filter((entry) => entry.key === key)) as Present<Data>[];
  }

  /** Returns all entries of this node, in portions that fit into messages; one empty portion when there are none. */
  portions(): Entry[][] {
    let current: Entry[] = [];
    let size = 0;
    const all = [current];
    for (const [id, { key, member, data }] of this.#nodes.get(this.#id) ?? []) {
      const bytes = this.#sizes.get(id) ?? 0;
      if (current.length > 0 && (size + bytes > portion.bytes || current.length >= portion.entries)) {
        current = [];
        size = 0;
        all.push(current);
      }
      current.push({ key, member, data });
      size += bytes;
    }
    return all;
  }

  /** Passes changes of this node's entries to `feed` from now on. Returns a function that ends this. */
  feed(feed: Feed): () => void {
    this.#feeds.add(feed);
    return () => void this.#feeds.delete(feed);
  }

  /** Returns the entries of this node and then their changes, until it drains or stops, for one other node. */
  tell(): AsyncGenerator<Changes> {
    const feed = new ChangeFeed(
      () => this.portions(),
      () => {
        off();
        this.#readers.delete(feed);
      },
    );
    const off = this.feed(feed);
    this.#readers.add(feed);
    if (this.#left) feed.end();
    return feed.read();
  }

  /** Ends the streams that other nodes read, so that draining does not wait for them. */
  leave(): void {
    this.#left = true;
    for (const feed of this.#readers) feed.end();
  }

  /**
   * Applies another node's changes of its entries. Invalid ones are left out.
   *
   * @returns whether all were valid
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

  /** Removes all entries of a node. */
  forget(node: string): void {
    for (const { key, member } of [...(this.#nodes.get(node)?.values() ?? [])]) this.#remove(node, key, member);
  }

  /** Ends the streams to other nodes. */
  close(): void {
    for (const feed of this.#feeds) feed.end();
  }

  /** Checks that an entry can be sent to others; returns its size in bytes. */
  #sizeOf(entry: Entry): number {
    try {
      return this.#node.sizeOf(entry);
    } catch (error) {
      const reason = NetronError.from(error, 'invalid_argument');
      throw new NetronError(
        reason.code,
        `member '${entry.member.slice(0, 128)}' cannot be sent to other nodes: ${reason.message}`,
        {
          cause: error,
        },
      );
    }
  }

  #put(node: string, { key, member, data }: Pick<Present, 'key' | 'member' | 'data'>): void {
    const entries = this.#nodes.get(node) ?? new Map<string, Present>();
    this.#nodes.set(node, entries);
    const id = idOf(key, member);
    const known = entries.get(id);
    if (known === undefined && entries.size >= maxEntries) return;
    const entry: Present = { key, member, data, node };
    entries.set(id, entry);
    if (node === this.#id) for (const feed of this.#feeds) feed.put(entry, this.#sizes.get(id) ?? 0);
    this.#events.emit(known === undefined ? 'join' : 'change', entry);
  }

  #remove(node: string, key: string, member: string): void {
    const entries = this.#nodes.get(node);
    const entry = entries?.get(idOf(key, member));
    if (entry === undefined) return;
    entries?.delete(idOf(key, member));
    const size = this.#sizes.get(idOf(key, member)) ?? 0;
    if (node === this.#id) for (const feed of this.#feeds) feed.gone(key, member, size);
    else if (entries?.size === 0) this.#nodes.delete(node);
    this.#events.emit('leave', entry);
  }
}

/** Returns the valid entries of a list that a node has sent. */
function entriesOf(given: unknown): Entry[] {
  if (!Array.isArray(given)) return [];
  return (given as (Partial<Entry> | null)[])
    .slice(0, maxEntries)
    .filter((entry): entry is Entry => typeof entry?.key === 'string' && typeof entry.member === 'string');
}

/** Returns the valid pairs of key and member of a list that a node has sent. */
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
