/** Another node on a backplane, as this one knows it: applies its tables and changes in order. */
import type { Changes, Entry } from '../change-feed.js';
import { maxEntries, type Presence } from '../presence.js';

/** Milliseconds after which a node is asked again for a table that has not arrived. */
const askAgain = 1_000;

/** Longest lease that a node may state, in milliseconds. */
const longestLease = 3_600_000;

/** Maximum number of changes that wait for a complete list; beyond it, the table is requested again. */
const maxWaitingChanges = 1_000;

/** State of one table of the node. */
interface Known {
  revision: number;
  /** A list that is arriving, with the changes that followed it. */
  list: List | undefined;
  askedAt: number;
}

/** A list of all entries that is arriving. */
interface List {
  readonly revision: number;
  next: number;
  readonly entries: Entry[];
  readonly later: (readonly unknown[])[];
}

export class Member {
  readonly id: string;
  readonly instance: string;
  /** Time of its latest message. */
  heard: number;
  #lease = 0;
  readonly #tables: readonly Presence[];
  readonly #known: readonly Known[];
  /** Number of its first message here: messages with lower numbers are older. */
  readonly #first: number;
  /** Number of its latest message, by channel: messages with lower numbers are replays. */
  readonly #numbers = new Map<string, number>();

  /** @param first number of the message that introduced it */
  constructor(id: string, instance: string, first: number, now: number, tables: readonly Presence[]) {
    this.id = id;
    this.instance = instance;
    this.heard = now;
    this.#first = first;
    this.#tables = tables;
    this.#known = tables.map(() => ({ revision: 0, list: undefined, askedAt: -Infinity }));
  }

  /** Records a message's number; `false` when it is not higher than the latest of the channel. */
  follows(channel: string, number: number): boolean {
    if (number <= (this.#numbers.get(channel) ?? this.#first)) return false;
    this.#numbers.set(channel, number);
    return true;
  }

  /** Forgets a channel that is no longer subscribed to. */
  forgetChannel(channel: string): void {
    this.#numbers.delete(channel);
  }

  /** Whether its lease has expired without a message. */
  silent(now: number): boolean {
    return now - this.heard > this.#lease;
  }

  /**
   * Accepts a beat: its lease, and the revisions of its tables.
   *
   * @returns the tables to request from it; `undefined` when the message is not a beat
   */
  beat([lease, ...revisions]: readonly unknown[], now: number): number[] | undefined {
    if (typeof lease !== 'number' || !(lease > 0) || !this.#known.every((_, table) => isCount(revisions[table])))
      return undefined;
    this.#lease = Math.min(lease, longestLease);
    return this.#known.flatMap((known, table) => (this.#lacks(known, revisions[table] as number, now) ? [table] : []));
  }

  /** Accepts a portion of all entries. Returns whether it is valid. */
  all([table, revision, index, more, entries]: readonly unknown[], now: number): boolean {
    const known = this.#known[table as number];
    if (known === undefined || !isCount(revision) || !isCount(index) || !Array.isArray(entries)) return false;
    if (index === 0) known.list = { revision, next: 0, entries: [], later: [] };
    const { list } = known;
    // A portion is missing: the next beat detects that.
    if (list === undefined || list.revision !== revision || list.next !== index) return true;
    known.askedAt = now;
    list.next += 1;
    for (const entry of (entries as Entry[]).slice(0, maxEntries - list.entries.length)) list.entries.push(entry);
    if (more === true) return true;
    known.list = undefined;
    known.revision = revision;
    const taken = this.#apply(table as number, { all: list.entries });
    for (const changes of list.later) this.changes(changes, now);
    return taken;
  }

  /**
   * Accepts changes.
   *
   * @returns whether some are missing and must be requested; `undefined` when the message is invalid
   */
  changes(body: readonly unknown[], now: number): boolean | undefined {
    const [table, revision, put, gone] = body;
    const known = this.#known[table as number];
    if (known === undefined || !isCount(revision) || !Array.isArray(put) || !Array.isArray(gone)) return undefined;
    if (known.list !== undefined && known.list.later.length < maxWaitingChanges) {
      known.list.later.push(body);
      return false;
    }
    if (revision !== known.revision + 1) return revision > known.revision && this.#lacks(known, revision, now);
    known.revision = revision;
    return this.#apply(table as number, { put: put as Entry[], gone: gone as [string, string][] }) ? false : undefined;
  }

  /** Whether its next beat is late, so that it may be gone. */
  overdue(now: number): boolean {
    return now - this.heard > this.#lease * 0.4;
  }

  /** Removes the entries of a node that is gone. */
  leave(): void {
    for (const table of this.#tables) table.forget(this.id);
  }

  #apply(table: number, changes: Changes): boolean {
    return this.#tables[table]?.apply(this.id, changes) ?? false;
  }

  /** Whether a table differs from the revision that the node states, and it is time to request it. */
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
