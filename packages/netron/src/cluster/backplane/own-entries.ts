/** Entries of this node for all others: receives changes, and numbers what it sends of them; those of one turn go together. */
import type { Entry, Feed } from '../change-feed.js';
import type { Presence } from '../presence.js';

/** Bytes of entries in one message, about. */
const portion = 128 * 1024;

/** Sends and measures for entries. */
export interface EntrySender {
  /** Bytes that an entry takes. Throws for one that cannot be sent. */
  weigh(value: unknown): number;
  /** Sends changes: those that came, those that went. */
  changes(revision: number, put: readonly Entry[], gone: readonly (readonly [string, string])[]): void;
  /** Called with an entry that cannot be sent, and why. */
  failed(error: unknown): void;
}

/** One message of several that hold all entries, as they are at a revision. */
export interface Portion {
  readonly revision: number;
  readonly index: number;
  /** Whether others follow. */
  readonly more: boolean;
  readonly entries: readonly Entry[];
}

export class OwnEntries implements Feed {
  /** Counts changes that were sent. */
  revision = 0;
  readonly #table: Presence;
  readonly #sender: EntrySender;
  /** Changes of this turn; `undefined`: it is gone. */
  #changed = new Map<string, { readonly key: string; readonly member: string; readonly entry: Entry | undefined }>();
  readonly #end: () => void;

  constructor(table: Presence, sender: EntrySender) {
    this.#table = table;
    this.#sender = sender;
    this.#end = table.feed(this);
    if (table.own.length > 0) this.revision = 1;
  }

  put({ key, member, data }: Entry): void {
    this.#push(key, member, { key, member, data });
  }

  gone(key: string, member: string): void {
    this.#push(key, member, undefined);
  }

  end(): void {
    this.#end();
    this.#changed.clear();
  }

  /** All entries, in as many messages as that takes. */
  portions(): Portion[] {
    this.#flush();
    const { revision } = this;
    const lists = this.#split(this.#table.own.map(({ key, member, data }) => ({ key, member, data })));
    if (lists.length === 0) lists.push([]);
    return lists.map((entries, index) => ({ revision, index, more: index < lists.length - 1, entries }));
  }

  #push(key: string, member: string, entry: Entry | undefined): void {
    if (this.#changed.size === 0) queueMicrotask(() => this.#flush());
    this.#changed.set(JSON.stringify([key, member]), { key, member, entry });
  }

  #flush(): void {
    if (this.#changed.size === 0) return;
    const changed = [...this.#changed.values()];
    this.#changed.clear();
    const gone = changed.filter(({ entry }) => entry === undefined).map(({ key, member }) => [key, member] as const);
    const put = changed.flatMap(({ entry }) => (entry === undefined ? [] : [entry]));
    for (const pairs of this.#split(gone)) this.#send([], pairs);
    for (const entries of this.#split(put)) this.#send(entries, []);
  }

  #send(put: readonly Entry[], gone: readonly (readonly [string, string])[]): void {
    this.revision += 1;
    this.#sender.changes(this.revision, put, gone);
  }

  /** Lists that fit into a message each; what fits into none is left out. */
  #split<Item>(items: readonly Item[]): Item[][] {
    const lists: Item[][] = [];
    let size = portion;
    for (const item of items) {
      let weight: number;
      try {
        weight = this.#sender.weigh(item);
        if (weight > portion) throw new RangeError(`an entry of ${weight} bytes is too long for the others: ${portion} at most`);
      } catch (error) {
        this.#sender.failed(error);
        continue;
      }
      if (size + weight > portion) {
        lists.push([]);
        size = 0;
      }
      size += weight;
      lists.at(-1)?.push(item);
    }
    return lists;
  }
}
