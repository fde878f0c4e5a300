/** Starts live data with the first live entry that is shown, and restarts it when the user changes. */
import type { CacheEntry } from '../cache/entry.js';
import type { LiveParts, UserLiveData } from './user-live-data.js';

export class LazyLiveData {
  readonly #parts: LiveParts;
  #data: UserLiveData | undefined;
  #loading: Promise<void> | undefined;
  #closed = false;

  constructor(parts: LiveParts) {
    this.#parts = parts;
  }

  /** Notes that an entry is shown, has a new answer, or is no longer shown. */
  changed(entry: CacheEntry): void {
    if (this.#closed || entry.live === undefined) return;
    if (this.#data !== undefined) this.#data.changed(entry);
    else if (entry.observers.size > 0) this.#loading ??= this.#load();
  }

  /** Ends the subscriptions of the previous user and starts live data for the new one. */
  userChanged(): void {
    this.#data?.userChanged();
  }

  close(): void {
    this.#closed = true;
    this.#data?.close();
  }

  /** Never rejects: without this code, values stay as fresh as their `maxAge` says, and the next entry tries again. */
  async #load(): Promise<void> {
    const loaded = await import('./user-live-data.js').catch(() => undefined);
    this.#loading = undefined;
    if (loaded !== undefined && !this.#closed) this.#data = new loaded.UserLiveData(this.#parts);
  }
}
