/** Calls that have ended and are still in the storage: nobody sends them, and each is taken out, or tried again with the next. */
import { report } from '../util/attempt.js';
import type { QueueStorage } from './storage.js';

export class EndedCalls {
  readonly #storage: QueueStorage;
  readonly #ids = new Set<string>();
  readonly #leaving = new Set<string>();

  constructor(storage: QueueStorage) {
    this.#storage = storage;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  add(id: string): void {
    this.#ids.add(id);
  }

  /** Notes that a call is out of the storage. */
  gone(id: string): void {
    this.#ids.delete(id);
  }

  /** Takes a call out of the storage; those that could not be before are tried again beside it. @returns whether it is out */
  async takeOut(id: string): Promise<boolean> {
    const others = [...this.#ids];
    this.add(id);
    for (const other of others) void this.#delete(other);
    await this.#delete(id);
    return !this.has(id);
  }

  async #delete(id: string): Promise<void> {
    if (this.#leaving.has(id)) return;
    this.#leaving.add(id);
    if (await report('a change that has ended stays stored', () => this.#storage.delete(id))) this.gone(id);
    this.#leaving.delete(id);
  }
}
