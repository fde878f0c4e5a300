/** A read that stays: what it shows follows the cache, and the cache follows the server. */
import { type Clock, NetronError, onAbort } from '@omnitron-dev/netron/http/client';
import type { CacheEntry, EntryObserver } from '../cache/entry.js';
import { isOtherUser } from '../request/principal.js';
import { attempt } from '../util/attempt.js';
import type { Activity } from './activity.js';
import type { ReadPlan, Reads } from './reads.js';

/** A read that stays until it is disposed of. */
export interface Query<R> {
  /** The newest value; the old one while a new one is fetched or could not be had. */
  readonly data: R | undefined;
  /** Failure of the last fetch; `undefined` when it succeeded. */
  readonly error: unknown;
  /** Whether the first value is being fetched. */
  readonly loading: boolean;
  /** Whether any value is being fetched. */
  readonly fetching: boolean;
  /** Whether `data` is out of date. */
  readonly stale: boolean;
  /** Whether fetching waits for the network. */
  readonly paused: boolean;
  /**
   * Calls `listener` after every change.
   *
   * @returns ends that
   */
  subscribe(listener: () => void): () => void;
  /** Fetches anew, or joins who does. Never rejects: see `error`. */
  refetch(): Promise<void>;
  [Symbol.dispose](): void;
}

/** Occasions on which a query fetches anew. */
export interface RefetchOptions {
  /** Fetches when the query is made and the cached value is out of date. Default `true`; `'always'` also when it is fresh. */
  readonly refetchOnMount?: boolean | 'always';
  /** Fetches when the page is seen again and the value is out of date. Default `true`. */
  readonly refetchOnFocus?: boolean;
  /** Fetches when the network is back and the value is out of date. Default `true`. */
  readonly refetchOnReconnect?: boolean;
  /** Every so many milliseconds while the page is seen. Default: never. */
  readonly refetchInterval?: number;
}

/** Settings of the call that a query uses itself. */
export interface QuerySettings extends RefetchOptions {
  readonly signal?: AbortSignal | undefined;
  /** Shown after a failure, while there is no value. */
  readonly fallback?: { readonly value: unknown } | undefined;
  /** Makes what is shown of what is cached. */
  readonly transform?: ((value: unknown) => unknown) | undefined;
}

/** Parts of a query. */
export interface QueryParts {
  readonly reads: Reads;
  /** Makes the plan; the plan itself when its key is known at once: the cached value is then shown in the same turn. */
  readonly plan: () => ReadPlan | Promise<ReadPlan>;
  readonly settings: QuerySettings;
  readonly activity: Activity;
  readonly clock: Clock;
  /** Called once, when it has been disposed of. */
  readonly ended: () => void;
}

export class LiveQuery<R> implements Query<R>, EntryObserver {
  readonly #parts: QueryParts;
  readonly #listeners = new Set<() => void>();
  #stopListening = () => {};
  /** Listens to the caller's signal no more. */
  #leave = () => {};
  #plan: ReadPlan | undefined;
  /** Settles when there is a plan, or none could be made. */
  #planning: Promise<boolean> | undefined;
  /** Ends the wait for a plan that may never come. */
  #giveUp = () => {};
  #entry: CacheEntry | undefined;
  /** Ends the fetches under way. Most queries that are disposed of have none. */
  #controller: AbortController | undefined;
  #fetches = 0;
  readonly #limit = { start: () => this.#fetchBegins(), end: () => this.#fetchEnds() };
  #timer: unknown;
  #wave: unknown;
  #paused = false;
  /** Fetches in a row that would have been made as somebody else than their plan. */
  #others = 0;
  #disposed = false;
  #problem: unknown;
  #shown: { readonly of: unknown; readonly data: R } | undefined;

  constructor(parts: QueryParts) {
    this.#parts = parts;
  }

  /** Begins to read by a first plan; is disposed of at once when its signal is aborted. */
  start(plan: ReadPlan | Promise<ReadPlan>): void {
    const { activity, settings } = this.#parts;
    const { signal } = settings;
    if (plan instanceof Promise) void this.#await(plan);
    if (signal !== undefined) this.#leave = onAbort(signal, () => this[Symbol.dispose]());
    if (this.#disposed) return;
    this.#stopListening = activity.listen((event) => this.#hear(event));
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
    return this.fetching && this.data === undefined && this.#entry?.filled !== true;
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
    // Somebody else may be spoken for, and again until the server is asked.
    for (let tries = 0; tries < 2 && !this.#disposed; tries += 1) {
      const planned = this.#plan !== undefined && !activity.online ? true : this.#planAnew();
      if (planned !== true && !(await planned)) return;
      if (!(await this.#load())) return;
    }
  }

  /** Somebody else may be spoken for: their value is shown, and nothing before it is known who they are. */
  speakerChanged(): void {
    if (this.#disposed) return;
    this.#planning = undefined;
    this.#giveUp();
    if (this.#planAnew() === true) return;
    this.#drop();
    this.#tell();
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
    this.#controller?.abort(new NetronError('canceled', 'the query was disposed of'));
    ended();
  }

  /** Takes over a change of the entry. */
  changed(): void {
    this.#look();
    this.#tell();
  }

  /** Fetches anew: the entry has become stale. */
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

  /** Asks the server by the plan. @returns whether somebody else is spoken for than whoever it is of */
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
    if (this.#entry !== undefined) this.#entry.tried = clock.now();
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

  /** Finds out whose value is to be shown. @returns `true` when that is known at once; else whether it could be found out */
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
      // Somebody else may have come meanwhile.
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

  /** Shows nothing of whoever was spoken for before. */
  #drop(): void {
    this.#leaveEntry();
    this.#entry = undefined;
    this.#plan = undefined;
    this.#shown = undefined;
    this.#problem = undefined;
    this.#controller?.abort(new NetronError('canceled', 'somebody else is spoken for'));
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
    this.#drop();
    const { reads, settings } = this.#parts;
    const { cache } = reads;
    this.#plan = plan;
    const entry = reads.open(plan);
    this.#entry = entry;
    entry.observers.add(this);
    if (entry.filled) cache.use(entry);
    reads.changed(entry);
    const fresh = entry.fresh(cache.now, plan.options);
    cache.count(fresh, plan.key);
    const { refetchOnMount = true } = settings;
    const due = refetchOnMount ? !fresh : !entry.filled;
    const wanted = refetchOnMount === 'always' || (due && !entry.failed(cache.now));
    if (wanted)
      void this.#load().then((other) => {
        // Where each request has another user nothing comes of it.
        if (other && this.#others++ < 2) return this.refetch();
      });
    this.#tell();
  }

  /** Takes over the entry's value. What an entry had to give up, because the cache is full, stays on display here. */
  #look(): void {
    const entry = this.#entry;
    if (entry === undefined || !entry.filled || this.#disposed) return;
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

  #hear(event: 'focus' | 'online' | 'offline'): void {
    const { clock, settings, activity } = this.#parts;
    if (event === 'offline' || (!this.#paused && (!activity.visible || !activity.online))) return;
    if (!this.#paused && event === 'focus' && settings.refetchOnFocus === false) return;
    if (!this.#paused && event === 'online' && settings.refetchOnReconnect === false) return;
    // Several events that come together are one.
    this.#wave ??= clock.setTimeout(() => {
      this.#wave = undefined;
      const entry = this.#entry;
      const settled = entry?.flight !== undefined || entry?.failed(clock.now()) === true;
      if (this.#paused || (this.stale && !settled)) void this.refetch();
    }, 0);
  }

  /** @param wait milliseconds; less than the interval where another query of the same key has asked meanwhile */
  #schedule(wait = this.#parts.settings.refetchInterval): void {
    const { clock, settings, activity } = this.#parts;
    const { refetchInterval } = settings;
    if (refetchInterval === undefined || this.#disposed) return;
    const due = () => {
      const left = this.#entry === undefined ? 0 : this.#entry.tried + refetchInterval - clock.now();
      if (left > 0) return this.#schedule(left);
      if (activity.visible) void this.refetch();
      this.#schedule();
    };
    this.#timer = clock.setTimeout(due, wait as number, true);
  }
}
