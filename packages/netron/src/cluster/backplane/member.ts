/** Another node on a backplane, as this one knows it: receives what it says of its entries, keeps the order. */
import type { Changes, Entry } from '../change-feed.js';
import { mostEntries, type Presence } from '../presence.js';

/** Milliseconds after which a node is asked again for what it did not tell. */
const askAgain = 1_000;

/** Longest lease that a node may ask for, in milliseconds. */
const longestLease = 3_600_000;

/** State of one table of the node. */
interface Known {
  revision: number;
  /** Portions of a list that has begun to come. */
  list: { readonly revision: number; next: number; readonly entries: Entry[] } | undefined;
  askedAt: number;
}

export class Member {
  readonly id: string;
  readonly instance: string;
  /** Time at which it was heard of last. */
  heard: number;
  #lease = 0;
  readonly #tables: readonly Presence[];
  readonly #known: readonly Known[];
  /** Number of its last message, by channel: older ones are repetitions. */
  readonly #numbers = new Map<string, number>();

  constructor(id: string, instance: string, now: number, tables: readonly Presence[]) {
    this.id = id;
    this.instance = instance;
    this.heard = now;
    this.#tables = tables;
    this.#known = tables.map(() => ({ revision: 0, list: undefined, askedAt: -Infinity }));
  }

  /** Takes a message's number; `false` when it is not later than the last of the channel. */
  follows(channel: string, number: number): boolean {
    if (number <= (this.#numbers.get(channel) ?? 0)) return false;
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
    if (typeof lease !== 'number' || !(lease > 0) || revisions.length < this.#known.length) return undefined;
    this.#lease = Math.min(lease, longestLease);
    return this.#known.flatMap((known, table) => {
      const revision = Number(revisions[table]);
      return revision !== known.revision && this.#mayAsk(known, now) ? [table] : [];
    });
  }

  /** Takes a portion of all entries. Returns whether it was one. */
  all([table, revision, index, more, entries]: readonly unknown[]): boolean {
    const known = this.#known[table as number];
    if (known === undefined || !isCount(revision) || !isCount(index) || !Array.isArray(entries)) return false;
    if (index === 0) known.list = { revision, next: 0, entries: [] };
    const { list } = known;
    // A part is missing: the next beat finds it.
    if (list === undefined || list.revision !== revision || list.next !== index) return true;
    list.next += 1;
    list.entries.push(...(entries as Entry[]).slice(0, mostEntries - list.entries.length));
    if (more === true) return true;
    known.list = undefined;
    known.revision = revision;
    return this.#apply(table as number, { all: list.entries });
  }

  /**
   * Takes changes.
   *
   * @returns whether they are the next; `undefined` when they are none
   */
  changes([table, revision, put, gone]: readonly unknown[], now: number): boolean | undefined {
    const known = this.#known[table as number];
    if (known === undefined || !isCount(revision) || !Array.isArray(put) || !Array.isArray(gone)) return undefined;
    if (revision <= known.revision) return true;
    if (revision > known.revision + 1) return !this.#mayAsk(known, now);
    known.revision = revision;
    return this.#apply(table as number, { put: put as Entry[], gone: gone as [string, string][] }) ? true : undefined;
  }

  /** It is gone, and its entries with it. */
  leave(): void {
    for (const table of this.#tables) table.forget(this.id);
  }

  #apply(table: number, changes: Changes): boolean {
    return this.#tables[table]?.apply(this.id, changes) ?? false;
  }

  #mayAsk(known: Known, now: number): boolean {
    if (now - known.askedAt < askAgain) return false;
    known.askedAt = now;
    return true;
  }
}

function isCount(given: unknown): given is number {
  return Number.isSafeInteger(given) && (given as number) >= 0;
}
