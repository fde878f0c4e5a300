/** Queries: reads that stay current. What a query shows follows the cache, and the cache follows the server. */
import { type Clock, NetronError, onAbort } from '@omnitron-dev/netron/http/client';
import type { CacheEntry, EntryObserver } from '../cache/entry.js';
import { isOtherUser } from '../request/principal.js';
import { attempt } from '../util/attempt.js';
import type { Activity } from './activity.js';
import { listenTo } from './listen-to.js';
import type { ReadPlan, Reads } from './reads.js';

/** A read that stays current until it is disposed of. */
export interface Query<R> {
  /** The latest value. The old one stays while a new one is fetched and after a failure. */
  readonly data: R | undefined;
  /** Failure of the last fetch; `undefined` when it succeeded. */
  readonly error: unknown;
  /** Whether the first value is being fetched. */
  readonly loading: boolean;
  /** Whether a value is being fetched. */
  readonly fetching: boolean;
  /** Whether `data` is stale. */
  readonly stale: boolean;
  /** Whether fetching waits for the network. */
  readonly paused: boolean;
  /** Number of times that the query has restarted because the user has changed. */
  readonly restarts: number;
  /**
   * Calls `listener` after every change.
   *
   * @returns a function that removes the listener
   */
  subscribe(listener: () => void): () => void;
  /** Fetches the value again, or joins a fetch in flight. Never rejects: see `error`. */
  refetch(): Promise<void>;
  [Symbol.dispose](): void;
}

/** When a query fetches its value again. */
export interface RefetchOptions {
  /** Fetches on creation when the cached value is stale. Default `true`; `'always'` fetches a fresh value, too. */
  readonly refetchOnMount?: boolean | 'always';
  /** Fetches a stale value when the page becomes visible. Default `true`. */
  readonly refetchOnFocus?: boolean;
  /** Fetches a stale value when the network returns, and after a failure when live data reaches the server again. Default `true`. */
  readonly refetchOnReconnect?: boolean;
  /** Milliseconds between two fetches while the page is visible. Default: no such fetches. */
  readonly refetchInterval?: number;
}

/** The settings of a call that the query itself uses. */
export interface QuerySettings extends RefetchOptions {
  readonly signal?: AbortSignal | undefined;
  /** Shown after a failure while there is no value. */
  readonly fallback?: { readonly value: unknown } | undefined;
  /** Converts the cached value for display. */
  readonly transform?: ((value: unknown) => unknown) | undefined;
}

/** Dependencies of a query. */
export interface QueryParts {
  readonly reads: Reads;
  /** Makes the plan. Returns it without a promise when its key is known at once: the cached value is then shown in the same turn. */
  readonly plan: () => ReadPlan | Promise<ReadPlan>;
  readonly settings: QuerySettings;
  readonly activity: Activity;
  readonly clock: Clock;
  /** Called once, after disposal. */
  readonly ended: () => void;
}

export class LiveQuery<R> implements Query<R>, EntryObserver {
  readonly #parts: QueryParts;
  readonly #listeners = new Set<() => void>();
  #stopListening = () => {};
  /** Removes the listener of the caller's signal. */
  #leave = () => {};
  #plan: ReadPlan | undefined;
  /** Settles when the plan is made, or could not be made. */
  #planning: Promise<boolean> | undefined;
  /** Stops waiting for a plan. */
  #giveUp = () => {};
  #entry: CacheEntry | undefined;
  /** Aborts the fetches in flight. Created only for a fetch: most queries are disposed of without one. */
  #controller: AbortController | undefined;
  #fetches = 0;
  readonly #limit = { start: () => this.#fetchBegins(), end: () => this.#fetchEnds() };
  #timer: unknown;
  #wave: unknown;
  #paused = false;
  restarts = 0;
  /** Consecutive fetches whose plan was made for another user. */
  #others = 0;
  #disposed = false;
  #problem: unknown;
  #shown: { readonly of: unknown; readonly data: R } | undefined;

  constructor(parts: QueryParts) {
    this.#parts = parts;
  }

  /** Starts reading by the first plan. The query is disposed of at once when its signal is already aborted. */
  start(plan: ReadPlan | Promise<ReadPlan>): void {
    const { activity, settings } = this.#parts;
    const { signal } = settings;
    if (plan instanceof Promise) void this.#await(plan);
    if (signal !== undefined) this.#leave = onAbort(signal, () => this[Symbol.dispose]());
    if (this.#disposed) return;
    this.#stopListening = listenTo(activity, (event) => this.#onActivity(event));
    if (!(plan instanceof Promise)) this.#begin(plan);
    this.#schedule();
  }

  get data(): R | undefined {
    this.#look();
    if (this.#shown === undefined && this.error !== undefined) return this.#parts.settings.fallback?.value as R | undefined;
    return this.#shown?.data;
  }

  get error(): unknown {
    return this.#problem ?? this.#entry?.error;
  }

  get loading(): boolean {
    return this.fetching && this.data === undefined && this.#entry?.hasValue !== true;
  }

  get fetching(): boolean {
    if (this.#disposed || this.#problem !== undefined) return false;
    return this.#plan === undefined || this.#planning !== undefined || this.#entry?.flight !== undefined;
  }

  get stale(): boolean {
    return this.#entry === undefined || !this.#entry.fresh(this.#parts.reads.cache.now, this.#plan?.options);
  }

  get paused(): boolean {
    return this.#paused;
  }

  subscribe(listener: () => void): () => void {
    const own = () => listener();
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  async refetch(): Promise<void> {
    const { activity } = this.#parts;
    // The user may have changed, and may change again before the server is asked.
    for (let tries = 0; tries < 2 && !this.#disposed; tries += 1) {
      const planned = this.#plan !== undefined && !activity.online ? true : this.#planAnew();
      if (planned !== true && !(await planned)) return;
      if (!(await this.#load())) return;
    }
  }

  /** Handles a possible change of the user: shows the value of the new user, and nothing until that user is known. */
  userChanged(): void {
    if (this.#disposed) return;
    const waits = this.#planning !== undefined && this.#plan?.key;
    this.#planning = undefined;
    this.#giveUp();
    if (this.#planAnew() === true) {
      // What was to be fetched once the user was known.
      if (this.#plan?.key === waits) void this.refetch();
      return;
    }
    this.restarts += 1;
    this.#drop();
    this.#tell();
  }

  /** Fetches again after a failure: the server can be reached. */
  reached(): void {
    if (this.error !== undefined) this.#onActivity('online');
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    const { clock, ended } = this.#parts;
    this.#stopListening();
    this.#leave();
    this.#giveUp();
    clock.clearTimeout(this.#timer);
    clock.clearTimeout(this.#wave);
    this.#leaveEntry();
    this.#listeners.clear();
    this.#controller?.abort(new NetronError('canceled', 'the query was disposed'));
    ended();
  }

  /** Shows the new state of the entry. */
  changed(): void {
    this.#look();
    this.#tell();
  }

  /** Fetches again: the entry is stale. */
  outdated(): void {
    void this.refetch();
  }

  #fetchBegins(): AbortSignal {
    this.#fetches += 1;
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  #fetchEnds(): void {
    this.#fetches -= 1;
    if (this.#fetches === 0) this.#controller = undefined;
  }

  /** Asks the server by the plan. @returns whether the user is another one than the plan is for */
  async #load(): Promise<boolean> {
    const { activity, reads, clock } = this.#parts;
    if (this.#disposed || this.#plan === undefined) return false;
    if (!activity.online) {
      this.#paused = true;
      this.#tell();
      return false;
    }
    this.#paused = false;
    this.#problem = undefined;
    if (this.#entry !== undefined) this.#entry.lastFetch = clock.now();
    try {
      await reads.fetch(this.#plan, this.#limit);
      this.#others = 0;
      return false;
    } catch (error) {
      if (!isOtherUser(error)) return false;
      this.#problem = error;
      this.#tell();
      return true;
    }
  }

  /** Plans again for the current user. @returns `true` when the plan is known at once; otherwise whether it could be made */
  #planAnew(): true | Promise<boolean> {
    if (this.#planning !== undefined) return this.#planning;
    let plan: ReadPlan | Promise<ReadPlan>;
    try {
      plan = this.#parts.plan();
    } catch (error) {
      plan = Promise.reject(error);
    }
    if (plan instanceof Promise) return this.#await(plan);
    this.#begin(plan);
    return true;
  }

  #await(plan: Promise<ReadPlan>): Promise<boolean> {
    const settled = (then: () => void) => {
      // The user may have changed in the meantime.
      if (this.#planning !== planning) return;
      this.#planning = undefined;
      then();
    };
    const planned = plan.then(
      (made) => {
        settled(() => this.#begin(made));
        return true;
      },
      (error: unknown) => {
        settled(() => {
          this.#problem = error;
          this.#tell();
        });
        return false;
      },
    );
    const planning = new Promise<boolean>((resolve) => {
      this.#giveUp = () => resolve(false);
      void planned.then(resolve);
    });
    this.#planning = planning;
    if (this.#plan === undefined && this.#problem !== undefined) {
      this.#problem = undefined;
      this.#tell();
    }
    return planning;
  }

  /** Discards everything of the previous user. */
  #drop(): void {
    this.#leaveEntry();
    this.#entry = undefined;
    this.#plan = undefined;
    this.#shown = undefined;
    this.#problem = undefined;
    this.#controller?.abort(new NetronError('canceled', 'the user has changed'));
    this.#controller = undefined;
  }

  #leaveEntry(): void {
    if (this.#entry?.observers.delete(this)) this.#parts.reads.changed(this.#entry);
  }

  #begin(plan: ReadPlan): void {
    if (this.#disposed) return;
    if (plan.key === this.#plan?.key) {
      this.#plan = plan;
      return;
    }
    if (this.#plan !== undefined) this.restarts += 1;
    this.#drop();
    const { reads, settings } = this.#parts;
    const { cache } = reads;
    this.#plan = plan;
    const entry = reads.open(plan);
    this.#entry = entry;
    entry.observers.add(this);
    if (entry.hasValue) cache.use(entry);
    reads.changed(entry);
    const fresh = entry.fresh(cache.now, plan.options);
    cache.count(fresh, plan.key);
    const { refetchOnMount = true } = settings;
    const due = refetchOnMount ? !fresh : !entry.hasValue;
    const wanted = refetchOnMount === 'always' || (due && !entry.failed(cache.now));
    if (wanted)
      void this.#load().then((other) => {
        // A page whose every request has another user would otherwise never stop.
        if (other && this.#others++ < 2) return this.refetch();
      });
    this.#tell();
  }

  /** Shows the value of the entry. When the full cache evicts the value, the query keeps showing it. */
  #look(): void {
    const entry = this.#entry;
    if (entry === undefined || !entry.hasValue || this.#disposed) return;
    const { value } = entry;
    if (this.#shown !== undefined && this.#shown.of === value) return;
    try {
      const { transform } = this.#parts.settings;
      this.#shown = { of: value, data: (transform === undefined ? value : transform(value)) as R };
      this.#problem = undefined;
    } catch (error) {
      this.#problem = error;
    }
  }

  #tell(): void {
    if (this.#disposed) return;
    for (const listener of [...this.#listeners]) attempt(listener);
  }

  #onActivity(event: 'focus' | 'online' | 'offline'): void {
    const { clock, settings, activity } = this.#parts;
    if (event === 'offline' || (!this.#paused && (!activity.visible || !activity.online))) return;
    if (!this.#paused && event === 'focus' && settings.refetchOnFocus === false) return;
    if (!this.#paused && event === 'online' && settings.refetchOnReconnect === false) return;
    // Several events in one turn cause one fetch.
    this.#wave ??= clock.setTimeout(() => {
      this.#wave = undefined;
      const entry = this.#entry;
      const settled = entry?.flight !== undefined || entry?.failed(clock.now()) === true;
      if (this.#paused || (this.stale && !settled)) void this.refetch();
    }, 0);
  }

  /** @param wait milliseconds; less than the interval when another query of the same key has fetched in the meantime */
  #schedule(wait = this.#parts.settings.refetchInterval): void {
    const { clock, settings, activity } = this.#parts;
    const { refetchInterval } = settings;
    if (refetchInterval === undefined || this.#disposed) return;
    const due = () => {
      const left = this.#entry === undefined ? 0 : this.#entry.lastFetch + refetchInterval - clock.now();
      if (left > 0) return this.#schedule(left);
      if (activity.visible) void this.refetch();
      this.#schedule();
    };
    this.#timer = clock.setTimeout(due, wait as number, true);
  }
}
