/** Calls that wait for the network, and where they are kept over reloads. */

/** One call that waits. Plain data. */
export interface StoredCall {
  /** Sorts by time. */
  readonly id: string;
  /** Server and user that it is of. */
  readonly owner: string;
  /** Tab that waits for its result. */
  readonly tab: string;
  readonly service: string;
  readonly method: string;
  /** Rich JSON. */
  readonly args: string;
  /** Headers that are other than the peer's, and `null` for those that it goes without; names in lower case. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** Calls of one scope run one after the other. */
  readonly scope: string;
  /** By which the server knows it again. */
  readonly key: string;
  /** Tags of what it makes out of date. */
  readonly invalidate: readonly string[];
  /** Milliseconds since 1970 when it was first sent; `undefined`: never. */
  readonly sent?: number | undefined;
}

/** Keeps calls, in order. Several tabs use one. */
export interface QueueStorage {
  /** Returns the calls of an owner. */
  list(owner: string): Promise<StoredCall[]>;
  /** Keeps a call, in the place of one with the same id. Resolves when it will survive a crash. */
  put(call: StoredCall): Promise<void>;
  delete(id: string): Promise<void>;
}

/** Calls in memory: for tests, and where there is nothing better. */
export class MemoryQueueStorage implements QueueStorage {
  readonly #calls = new Map<string, StoredCall>();

  async list(owner: string): Promise<StoredCall[]> {
    return [...this.#calls.values()].filter((call) => call.owner === owner);
  }

  async put(call: StoredCall): Promise<void> {
    this.#calls.set(call.id, call);
  }

  async delete(id: string): Promise<void> {
    this.#calls.delete(id);
  }
}

/** Calls in the browser's database. */
export class IndexedQueueStorage implements QueueStorage {
  readonly #database: Promise<IDBDatabase>;

  constructor(name = 'netron-queue') {
    const opening = indexedDB.open(name, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('calls', { keyPath: 'id' }).createIndex('owner', 'owner');
    this.#database = promised(opening);
    this.#database.catch(() => {});
  }

  async list(owner: string): Promise<StoredCall[]> {
    const index = (await this.#database).transaction('calls').objectStore('calls').index('owner');
    return promised(index.getAll(owner) as IDBRequest<StoredCall[]>);
  }

  async put(call: StoredCall): Promise<void> {
    await this.#write((calls) => calls.put(call));
  }

  async delete(id: string): Promise<void> {
    await this.#write((calls) => calls.delete(id));
  }

  async #write(action: (calls: IDBObjectStore) => unknown): Promise<void> {
    const transaction = (await this.#database).transaction('calls', 'readwrite', { durability: 'strict' });
    action(transaction.objectStore('calls'));
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
  }
}

function promised<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
