/** Live data of the current user of a peer: restarts when the user changes. Loaded with the first live entry that is shown. */

import type { Clock } from '@omnitron-dev/netron/http/client';
import type { HttpCacheManager } from '../cache/cache-manager.js';
import type { CacheEntry } from '../cache/entry.js';
import type { Activity } from '../query/activity.js';
import { listenTo } from '../query/listen-to.js';
import { LiveData } from './live-data.js';
import { currentUser, eventsOf, type OpenEventsParts } from './open-events.js';

/** Dependencies of live data. */
export interface LiveParts extends OpenEventsParts {
  /** Name of the server in keys. */
  readonly backend: string;
  readonly cache: HttpCacheManager;
  readonly clock: Clock;
  readonly activity: Activity;
  /** Called when the stream has begun: the server can be reached. */
  readonly reached: () => void;
}

export class UserLiveData {
  readonly #parts: LiveParts;
  readonly #stopListening: () => void;
  #prefix: string | undefined;
  #data: LiveData | undefined;
  #starting: Promise<void> | undefined;
  #closed = false;

  constructor(parts: LiveParts) {
    this.#parts = parts;
    this.#stopListening = listenTo(parts.activity, (event) => {
      if (event === 'online' || event === 'focus') this.#data?.wake();
    });
    this.#start();
  }

  /** Notes that a live entry is shown, has a new answer, or is no longer shown. */
  changed(entry: CacheEntry): void {
    const other = this.#prefix !== undefined && !entry.key.startsWith(this.#prefix);
    if (this.#data !== undefined && !other) this.#data.changed();
    else if (entry.observers.size > 0) this.#start();
  }

  /** Ends the subscriptions of the previous user and starts live data for the new one. */
  userChanged(): void {
    if (this.#data === undefined) return;
    this.#data.close();
    this.#data = undefined;
    this.#prefix = undefined;
    this.#start();
  }

  close(): void {
    this.#closed = true;
    this.#data?.close();
    this.#stopListening();
  }

  #start(): void {
    this.#starting ??= this.#begin().finally(() => (this.#starting = undefined));
    // Without a user, values stay as fresh as their `maxAge` says.
    this.#starting.catch(() => {});
  }

  async #begin(): Promise<void> {
    const { backend, cache, clock, credentials, reached } = this.#parts;
    const { principal, owner } = await currentUser(credentials);
    if (this.#closed) return;
    if (principal.ended) return this.#begin();
    this.#data?.close();
    this.#prefix = `${backend} ${owner} `;
    const shared = `netron ${this.#prefix}`;
    this.#data = new LiveData({ cache, prefix: this.#prefix, open: eventsOf(this.#parts, owner), clock, shared, reached });
    this.#data.changed();
  }
}
