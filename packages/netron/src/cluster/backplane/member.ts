/** Another node on a backplane, as this one knows it: receives what it says of its entries, keeps the order. */
import type { Changes, Entry } from '../change-feed.js';
import { mostEntries, type Presence } from '../presence.js';

/** Milliseconds after which a node is asked again for what it did not tell. */
const askAgain = 1_000;

/** Longest lease that a node may ask for, in milliseconds. */
const longestLease = 3_600_000;

/** Changes that wait for a list to be complete, at most; beyond it they are asked for again. */
const mostLater = 1_000;

/** State of one table of the node. */
interface Known {
  revision: number;
  /** A list that has begun to come, and the changes that followed it. */
  list: List | undefined;
  askedAt: number;
}

/** A list of all entries that has begun to come. */
interface List {
  readonly revision: number;
  next: number;
  readonly entries: Entry[];
  readonly later: (readonly unknown[])[];
}

export class Member {
  readonly id: string;
  readonly instance: string;
  /** Time at which it was heard of last. */
  heard: number;
  #lease = 0;
  readonly #tables: readonly Presence[];
  readonly #known: readonly Known[];
  /** Number that its first message had here: whatever is older was said before. */
  readonly #first: number;
  /** Number of its last message, by channel: older ones are repetitions. */
  readonly #numbers = new Map<string, number>();

  /** @param first number of the message by which it is known */
  constructor(id: string, instance: string, first: number, now: number, tables: readonly Presence[]) {
    this.id = id;
    this.instance = instance;
    this.heard = now;
    this.#first = first;
    this.#tables = tables;
    this.#known = tables.map(() => ({ revision: 0, list: undefined, askedAt: -Infinity }));
  }

  /** Takes a message's number; `false` when it is not later than the last of the channel. */
  follows(channel: string, number: number): boolean {
    if (number <= (this.#numbers.get(channel) ?? this.#first)) return false;
    this.#numbers.set(channel, number);
    return true;
  }

  /** A channel is not subscribed to any more. */
  forgetChannel(channel: string): void {
    this.#numbers.delete(channel);
  }

  /** Whether it has been silent for too long. */
  silent(now: number): boolean {
    return now - this.heard > this.#lease;
  }

  /**
   * Takes a beat: how long it counts, and the revisions of its tables.
   *
   * @returns the tables to ask it for; `undefined` when it is no beat
   */
  beat([lease, ...revisions]: readonly unknown[], now: number): number[] | undefined {
    if (typeof lease !== 'number' || !(lease > 0) || !this.#known.every((_, table) => isCount(revisions[table])))
      return undefined;
    this.#lease = Math.min(lease, longestLease);
    return this.#known.flatMap((known, table) => (this.#lacks(known, revisions[table] as number, now) ? [table] : []));
  }

  /** Takes a portion of all entries. Returns whether it was one. */
  all([table, revision, index, more, entries]: readonly unknown[], now: number): boolean {
    const known = this.#known[table as number];
    if (known === undefined || !isCount(revision) || !isCount(index) || !Array.isArray(entries)) return false;
    if (index === 0) known.list = { revision, next: 0, entries: [], later: [] };
    const { list } = known;
    // A part is missing: the next beat finds it.
    if (list === undefined || list.revision !== revision || list.next !== index) return true;
    known.askedAt = now;
    list.next += 1;
    list.entries.push(...(entries as Entry[]).slice(0, mostEntries - list.entries.length));
    if (more === true) return true;
    known.list = undefined;
    known.revision = revision;
    const taken = this.#apply(table as number, { all: list.entries });
    for (const changes of list.later) this.changes(changes, now);
    return taken;
  }

  /**
   * Takes changes.
   *
   * @returns whether some are missing, and shall be asked for; `undefined` when they are none
   */
  changes(body: readonly unknown[], now: number): boolean | undefined {
    const [table, revision, put, gone] = body;
    const known = this.#known[table as number];
    if (known === undefined || !isCount(revision) || !Array.isArray(put) || !Array.isArray(gone)) return undefined;
    if (known.list !== undefined && known.list.later.length < mostLater) {
      known.list.later.push(body);
      return false;
    }
    if (revision !== known.revision + 1) return revision > known.revision && this.#lacks(known, revision, now);
    known.revision = revision;
    return this.#apply(table as number, { put: put as Entry[], gone: gone as [string, string][] }) ? false : undefined;
  }

  /** Whether its next beat should have come: it may be gone. */
  overdue(now: number): boolean {
    return now - this.heard > this.#lease * 0.4;
  }

  /** It is gone, and its entries with it. */
  leave(): void {
    for (const table of this.#tables) table.forget(this.id);
  }

  #apply(table: number, changes: Changes): boolean {
    return this.#tables[table]?.apply(this.id, changes) ?? false;
  }

  /** Whether a table is not what the node says, and it is time to ask. */
  #lacks(known: Known, revision: number, now: number): boolean {
    if (revision === known.revision || now - known.askedAt < askAgain) return false;
    known.askedAt = now;
    known.list = undefined;
    return true;
  }
}

function isCount(given: unknown): given is number {
  return Number.isSafeInteger(given) && (given as number) >= 0;
}
