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
  /** Keeps a new call. Resolves when it will survive a crash. */
  put(call: StoredCall): Promise<void>;
  /**
   * Keeps a call in the place of the one with the same id, in one step. Resolves when it will survive a crash.
   *
   * @returns `false`, and keeps nothing, when there is none: another tab has taken it out
   */
  update(call: StoredCall): Promise<boolean>;
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

  async update(call: StoredCall): Promise<boolean> {
    if (!this.#calls.has(call.id)) return false;
    this.#calls.set(call.id, call);
    return true;
  }

  async delete(id: string): Promise<void> {
    this.#calls.delete(id);
  }
}

/** Calls in the browser's database. One that is closed under the page, or could not be opened, is opened anew with the next use. */
export class IndexedQueueStorage implements QueueStorage {
  readonly #name: string;
  #database: Promise<IDBDatabase> | undefined;

  /** @throws DOMException when the page may use no database: its origin is opaque, or its user has forbidden it */
  constructor(name = 'netron-queue') {
    this.#name = name;
    void this.#opened();
  }

  async list(owner: string): Promise<StoredCall[]> {
    return this.#use('readonly', (calls) => calls.index('owner').getAll(owner));
  }

  async put(call: StoredCall): Promise<void> {
    await this.#use('readwrite', (calls) => calls.put(call));
  }

  async update(call: StoredCall): Promise<boolean> {
    const before = await this.#use('readwrite', (calls) => {
      const asked = calls.get(call.id);
      asked.onsuccess = () => asked.result !== undefined && calls.put(call);
      return asked as IDBRequest<unknown>;
    });
    return before !== undefined;
  }

  async delete(id: string): Promise<void> {
    await this.#use('readwrite', (calls) => calls.delete(id));
  }

  /** Does something in one transaction, once more in a database that is opened anew: the browser closes those of open pages as well. */
  async #use<T>(mode: IDBTransactionMode, action: (calls: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    const opened = this.#opened();
    try {
      return await inTransaction(await opened, mode, action);
    } catch (error) {
      if ((error as Error).name === 'QuotaExceededError') throw error;
      if (this.#database === opened) this.#database = undefined;
      opened.then(
        (database) => database.close(),
        () => {},
      );
      return inTransaction(await this.#opened(), mode, action);
    }
  }

  #opened(): Promise<IDBDatabase> {
    if (this.#database !== undefined) return this.#database;
    const opened = open(this.#name, () => {
      if (this.#database === opened) this.#database = undefined;
    });
    opened.catch(() => {});
    this.#database = opened;
    return opened;
  }
}

/** The browser's database; where there is none, or the page may not use it, the memory of this process. */
export function browserStorage(): QueueStorage {
  try {
    return new IndexedQueueStorage();
  } catch {
    return new MemoryQueueStorage();
  }
}

/**
 * Opens the database in whatever version it has, with the store in it.
 *
 * @param closed called when it is no longer open
 */
function open(name: string, closed: () => void, version?: number): Promise<IDBDatabase> {
  const opening = indexedDB.open(name, version);
  opening.onupgradeneeded = () => opening.result.createObjectStore('calls', { keyPath: 'id' }).createIndex('owner', 'owner');
  return promised(opening).then((database) => {
    database.onclose = closed;
    // Somebody deletes it, or needs another version of it.
    database.onversionchange = () => {
      closed();
      database.close();
    };
    if (database.objectStoreNames.contains('calls')) return database;
    database.close();
    return open(name, closed, database.version + 1);
  });
}

function inTransaction<T>(
  database: IDBDatabase,
  mode: IDBTransactionMode,
  action: (calls: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const transaction = database.transaction('calls', mode, { durability: 'strict' });
  return new Promise((resolve, reject) => {
    const request = action(transaction.objectStore('calls'));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error ?? new DOMException('the database was closed', 'AbortError'));
  });
}

function promised<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
