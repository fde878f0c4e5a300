/** Starts live data with the first live entry that is shown, and restarts it when the user changes. */
import type { Clock } from '@omnitron-dev/netron/http/client';
import type { HttpCacheManager } from '../cache/cache-manager.js';
import type { CacheEntry } from '../cache/entry.js';
import type { Activity } from '../query/activity.js';
import type { LiveData } from './live-data.js';
import type { OpenEventsParts } from './open-events.js';

/** Dependencies of the switch. */
export interface LiveSwitchParts extends OpenEventsParts {
  /** Name of the server in keys. */
  readonly backend: string;
  readonly cache: HttpCacheManager;
  readonly clock: Clock;
  readonly activity: Activity;
}

export class LiveSwitch {
  readonly #parts: LiveSwitchParts;
  #prefix: string | undefined;
  #data: LiveData | undefined;
  #loading: Promise<void> | undefined;
  #stopListening: (() => void) | undefined;
  #closed = false;

  constructor(parts: LiveSwitchParts) {
    this.#parts = parts;
  }

  /** Notes that an entry is shown, has a new answer, or is no longer shown. */
  changed(entry: CacheEntry): void {
    if (this.#closed || entry.live === undefined) return;
    const other = this.#prefix !== undefined && !entry.key.startsWith(this.#prefix);
    if (this.#data !== undefined && !other) this.#data.changed();
    else if (entry.observers.size > 0) this.#start();
  }

  /** Ends the subscriptions of the previous user and starts live data for the new one. */
  speakerChanged(): void {
    if (this.#data === undefined) return;
    this.#data.close();
    this.#data = undefined;
    this.#prefix = undefined;
    this.#start();
  }

  close(): void {
    this.#closed = true;
    this.#data?.close();
    this.#stopListening?.();
  }

  #start(): void {
    this.#loading ??= this.#load().finally(() => (this.#loading = undefined));
    this.#loading.catch(() => {});
  }

  async #load(): Promise<void> {
    const { backend, cache, clock, activity, credentials } = this.#parts;
    // Without this code, values stay as fresh as their `maxAge` says.
    const loaded = await Promise.all([import('./live-data.js'), import('./open-events.js')]).catch(() => undefined);
    if (loaded === undefined) return;
    const [{ LiveData }, { eventsOf, present }] = loaded;
    const { principal, owner } = await present(credentials);
    if (this.#closed) return;
    if (principal.ended) return this.#load();
    this.#data?.close();
    this.#prefix = `${backend} ${owner} `;
    const shared = `netron ${this.#prefix}`;
    this.#data = new LiveData({ cache, prefix: this.#prefix, open: eventsOf(this.#parts, owner), clock, shared });
    this.#data.changed();
    this.#stopListening ??= activity.listen((event) => {
      if (event === 'online' || event === 'focus') this.#data?.wake();
    });
  }
}
