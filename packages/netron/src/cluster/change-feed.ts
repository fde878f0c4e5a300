import { type Deferred, deferred } from '../util/deferred.js';

/** An entry as it is sent. */
export interface Entry {
  readonly key: string;
  readonly member: string;
  readonly data: unknown;
}

/** Changes of the entries of a node, in order: the whole list, entries that were added or changed, entries that were removed. */
export interface Changes {
  readonly all?: readonly Entry[];
  /** Whether the list continues with the next item. */
  readonly more?: boolean;
  readonly put?: readonly Entry[];
  readonly gone?: readonly (readonly [key: string, member: string])[];
}

/** Receiver of the changes of this node's entries. */
export interface Feed {
  /** @param bytes size of the entry in a message, in bytes */
  put(entry: Entry, bytes: number): void;
  gone(key: string, member: string, bytes: number): void;
  /** Called when no more changes follow. */
  end(): void;
}

/** Maximum number and size of changes that wait for a slow reader; beyond it, the reader gets the whole list again. */
const maxWaiting = { changes: 1_000, bytes: 4 * 1024 * 1024 };

/** Changes of this node's entries for one reader, which may be slow. */
export class ChangeFeed implements Feed {
  readonly #all: () => readonly (readonly Entry[])[];
  readonly #ended: () => void;
  #waiting: { readonly change: Changes; readonly bytes: number }[] = [];
  /** Size of the waiting changes, in bytes. */
  #size = 0;
  /** Whether the reader gets the whole list next. */
  #anew = true;
  #over = false;
  #wake: Deferred<void> = deferred();

  /**
   * @param all returns all entries, in portions that fit into messages
   * @param ended called when the reader has left
   */
  constructor(all: () => readonly (readonly Entry[])[], ended: () => void) {
    this.#all = all;
    this.#ended = ended;
  }

  put({ key, member, data }: Entry, bytes: number): void {
    this.#push({ put: [{ key, member, data }] }, bytes);
  }

  gone(key: string, member: string, bytes: number): void {
    this.#push({ gone: [[key, member]] }, bytes);
  }

  end(): void {
    this.#over = true;
    this.#wake.resolve();
  }

  async *read(): AsyncGenerator<Changes> {
    try {
      while (!this.#over) {
        if (this.#anew) {
          this.#anew = false;
          this.#waiting = [];
          this.#size = 0;
          const portions = this.#all();
          for (const [index, all] of portions.entries()) {
            if (this.#over) return;
            yield { all, more: index < portions.length - 1 };
          }
          continue;
        }
        const next = this.#waiting.shift();
        if (next !== undefined) {
          this.#size -= next.bytes;
          yield next.change;
        } else {
          this.#wake = deferred();
          await this.#wake.promise;
        }
      }
    } finally {
      this.#ended();
    }
  }

  #push(change: Changes, bytes: number): void {
    if (this.#waiting.length >= maxWaiting.changes || this.#size + bytes > maxWaiting.bytes) {
      this.#anew = true;
      this.#waiting = [];
      this.#size = 0;
    } else if (!this.#anew) {
      this.#waiting.push({ change, bytes });
      this.#size += bytes;
    }
    this.#wake.resolve();
  }
}
