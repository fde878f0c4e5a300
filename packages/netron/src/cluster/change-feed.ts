import { type Deferred, deferred } from '../util/deferred.js';

/** An entry as it travels. */
export interface Entry {
  readonly key: string;
  readonly member: string;
  readonly data: unknown;
}

/** Changes of the entries of a node, in order: all there are, those that came or changed, those that went. */
export interface Changes {
  readonly all?: readonly Entry[];
  readonly put?: readonly Entry[];
  readonly gone?: readonly (readonly [key: string, member: string])[];
}

/** Receiver of the changes of this node's entries. */
export interface Feed {
  put(entry: Entry): void;
  gone(key: string, member: string): void;
  /** No more changes come. */
  end(): void;
}

/** Changes that wait for a reader, at most; beyond it gets all entries anew. */
const mostWaiting = 1_000;

/** Changes of the entries of this node for one reader, who may be slow: those that wait are sent together. */
export class ChangeFeed implements Feed {
  readonly #all: () => readonly Entry[];
  readonly #ended: () => void;
  #waiting: Changes[] = [];
  /** The reader gets everything anew. */
  #anew = true;
  #over = false;
  #wake: Deferred<void> = deferred();

  /** @param ended called when the reader has left */
  constructor(all: () => readonly Entry[], ended: () => void) {
    this.#all = all;
    this.#ended = ended;
  }

  put({ key, member, data }: Entry): void {
    this.#push({ put: [{ key, member, data }] });
  }

  gone(key: string, member: string): void {
    this.#push({ gone: [[key, member]] });
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
          yield { all: this.#all().map(({ key, member, data }) => ({ key, member, data })) };
          continue;
        }
        const next = this.#waiting.shift();
        if (next !== undefined) yield next;
        else {
          this.#wake = deferred();
          await this.#wake.promise;
        }
      }
    } finally {
      this.#ended();
    }
  }

  #push(change: Changes): void {
    if (this.#waiting.length >= mostWaiting) this.#anew = true;
    else if (!this.#anew) this.#waiting.push(change);
    this.#wake.resolve();
  }
}
