/** The waiting calls of the current user, as far as known, and the listeners to their number. */
import { attempt, report } from '../util/attempt.js';
import type { StoredCall } from './storage.js';

/** Calls of a user as they were read from the storage. */
export interface ReadCalls {
  readonly owner: string;
  readonly calls: readonly StoredCall[];
}

export class WaitingCount {
  readonly #read: () => Promise<ReadCalls>;
  readonly #listeners = new Set<() => void>();
  #ids = new Set<string>();
  #owner: string | undefined;
  /** Whether a read is running, and whether something has changed since it began. */
  #reading = false;
  #stale = false;

  /** @param read reads the calls of the current user */
  constructor(read: () => Promise<ReadCalls>) {
    this.#read = read;
  }

  get size(): number {
    return this.#ids.size;
  }

  /** Calls `listener` when they change. @returns a function that removes the listener */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  add(id: string, owner: string): void {
    if (owner === this.#owner) this.#tell(() => this.#ids.add(id));
    else void this.refresh();
  }

  drop(id: string): void {
    if (this.#ids.has(id)) this.#tell(() => this.#ids.delete(id));
  }

  set({ owner, calls }: ReadCalls): void {
    this.#owner = owner;
    this.#tell(() => (this.#ids = new Set(calls.map(({ id }) => id))));
  }

  /** Reads them again, once for all changes in the meantime. Never rejects. */
  async refresh(): Promise<void> {
    this.#stale = true;
    if (this.#reading) return;
    this.#reading = true;
    await report('cannot count the waiting changes', async () => {
      while (this.#stale) {
        this.#stale = false;
        const found = await this.#read();
        if (this.#stale) continue;
        this.set(found);
        this.#stale = false;
      }
    });
    this.#reading = false;
  }

  #tell(change: () => void): void {
    change();
    this.#stale = true;
    for (const listener of [...this.#listeners]) attempt(listener);
  }
}
