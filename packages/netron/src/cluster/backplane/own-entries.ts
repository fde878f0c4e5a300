/** Entries of this node for all others: numbers the changes that it sends, and sends the changes of one turn together. */
import type { Entry, Feed } from '../change-feed.js';
import type { Presence } from '../presence.js';

/** Approximate size of the changes in one message, in bytes. */
const together = 128 * 1024;

/** Sends changes: entries that were added or changed, and entries that were removed. */
export type SendChanges = (
  revision: number,
  put: readonly Entry[],
  gone: readonly (readonly [key: string, member: string])[],
) => void;

/** One of the messages that together contain all entries at a revision. */
export interface Portion {
  readonly revision: number;
  readonly index: number;
  /** Whether more portions follow. */
  readonly more: boolean;
  readonly entries: readonly Entry[];
}

/** A change that was not sent yet. */
interface Change {
  readonly key: string;
  readonly member: string;
  /** `undefined`: the entry was removed. */
  readonly entry: Entry | undefined;
  readonly bytes: number;
}

export class OwnEntries implements Feed {
  /** Number of changes that were sent. */
  revision: number;
  readonly #table: Presence;
  readonly #send: SendChanges;
  /** Changes of this turn: only the latest of each entry. */
  #changed = new Map<string, Change>();
  readonly #end: () => void;

  constructor(table: Presence, send: SendChanges) {
    this.#table = table;
    this.#send = send;
    this.#end = table.feed(this);
    // Existing entries count as a first change.
    this.revision = table.portions()[0]?.length === 0 ? 0 : 1;
  }

  put({ key, member, data }: Entry, bytes: number): void {
    this.#push({ key, member, entry: { key, member, data }, bytes });
  }

  gone(key: string, member: string, bytes: number): void {
    this.#push({ key, member, entry: undefined, bytes });
  }

  end(): void {
    this.#end();
    this.#changed.clear();
  }

  /** Returns all entries, split into messages. */
  portions(): Portion[] {
    this.#flush();
    const { revision } = this;
    const lists = this.#table.portions();
    return lists.map((entries, index) => ({ revision, index, more: index < lists.length - 1, entries }));
  }

  #push(change: Change): void {
    if (this.#changed.size === 0) queueMicrotask(() => this.#flush());
    this.#changed.set(JSON.stringify([change.key, change.member]), change);
  }

  #flush(): void {
    let some: Change[] = [];
    let size = 0;
    for (const change of this.#changed.values()) {
      if (some.length > 0 && size + change.bytes > together) {
        this.#tell(some);
        some = [];
        size = 0;
      }
      some.push(change);
      size += change.bytes;
    }
    this.#changed.clear();
    if (some.length > 0) this.#tell(some);
  }

  #tell(some: readonly Change[]): void {
    const gone = some.filter(({ entry }) => entry === undefined).map(({ key, member }) => [key, member] as const);
    this.revision += 1;
    this.#send(
      this.revision,
      some.flatMap(({ entry }) => entry ?? []),
      gone,
    );
  }
}
