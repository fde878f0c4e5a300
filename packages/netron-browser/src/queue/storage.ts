/** Stored calls, and the storages that keep them over reloads. */

/** One waiting call, as plain data. */
export interface StoredCall {
  /** Sorts by time. */
  readonly id: string;
  /** Server and user that the call belongs to. */
  readonly owner: string;
  /** Tab that waits for its result. */
  readonly tab: string;
  readonly service: string;
  readonly method: string;
  /** Rich JSON. */
  readonly args: string;
  /** Headers that differ from the peer's, and `null` for those to leave out; names in lower case. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** Calls of one scope run one after the other. */
  readonly scope: string;
  /** Idempotency key by which the server recognizes the call. */
  readonly key: string;
  /** Tags that the call invalidates. */
  readonly invalidate: readonly string[];
  /** Milliseconds since 1970 when it was first sent; `undefined` when it was not. */
  readonly sent?: number | undefined;
}

/** Stores calls in order. Several tabs share one storage. */
export interface QueueStorage {
  /** Returns the calls of an owner. */
  list(owner: string): Promise<StoredCall[]>;
  /** Stores a new call. Resolves when it would survive a crash. */
  put(call: StoredCall): Promise<void>;
  /**
   * Replaces the call with the same id atomically. Resolves when it would survive a crash.
   *
   * @returns `false`, and stores nothing, when there is none: another tab has removed it
   */
  update(call: StoredCall): Promise<boolean>;
  delete(id: string): Promise<void>;
}

/** Stores calls in memory: for tests, and where nothing better is available. */
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

/** Stores calls in the browser's database. When the database is closed under the page or cannot be opened, the next use opens it again. */
export class IndexedQueueStorage implements QueueStorage {
  readonly #name: string;
  #database: Promise<IDBDatabase> | undefined;

  /** @throws DOMException when the page may not use a database: its origin is opaque, or the user has forbidden it */
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

  /** Runs one transaction, and once more in a reopened database: browsers close the databases of open pages, too. */
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

/** Returns the browser's database; without one, or when the page may not use it, a storage in memory. */
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
    // Another page deletes the database or upgrades it.
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
