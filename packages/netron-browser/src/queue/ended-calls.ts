/** Calls that have ended but are still stored. They are not sent again; a failed removal is retried with the next one. */
import { report } from '../util/attempt.js';
import type { QueueStorage } from './storage.js';

export class EndedCalls {
  readonly #storage: QueueStorage;
  readonly #ids = new Set<string>();
  readonly #removing = new Set<string>();

  constructor(storage: QueueStorage) {
    this.#storage = storage;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  add(id: string): void {
    this.#ids.add(id);
  }

  /** Notes that a call has been removed from the storage. */
  removed(id: string): void {
    this.#ids.delete(id);
  }

  /** Removes a call from the storage, and retries earlier removals that failed. @returns whether it is removed */
  async remove(id: string): Promise<boolean> {
    const others = [...this.#ids];
    this.add(id);
    for (const other of others) void this.#delete(other);
    await this.#delete(id);
    return !this.has(id);
  }

  async #delete(id: string): Promise<void> {
    if (this.#removing.has(id)) return;
    this.#removing.add(id);
    if (await report('cannot remove a change that has ended', () => this.#storage.delete(id))) this.removed(id);
    this.#removing.delete(id);
  }
}
