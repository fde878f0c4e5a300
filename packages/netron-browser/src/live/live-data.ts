/**
 * Live data of one user of one server: subscribes to the tags of the entries on display and marks entries as stale when
 * their tags change. Loaded with the first entry that is shown.
 */
import { type Clock, random } from '@omnitron-dev/netron/http/client';
import type { HttpCacheManager } from '../cache/cache-manager.js';
import type { CacheEntry } from '../cache/entry.js';
import type { Channel, Locks } from '../util/locks.js';
import { positionOf } from '../util/positions.js';
import { plainTag } from '../util/sealed-tags.js';
import { EventConnection, maxTags, type OpenEvents } from './event-connection.js';
import { earlier, type LiveEvent, type LiveEventSource, type Subscription } from './live-event.js';
import { Tabs } from './tabs.js';

/** Dependencies of live data. */
export interface LiveDataParts {
  readonly cache: HttpCacheManager;
  /** Prefix of the keys of one user's entries from one server. */
  readonly prefix: string;
  readonly open: OpenEvents;
  readonly clock: Clock;
  /** Name of the stream that tabs share; `undefined` when each tab has its own. */
  readonly shared: string | undefined;
  /** Called when the stream has begun: the server can be reached. */
  readonly reached: () => void;
}

/** Milliseconds for which the stream stays open after the last entry has left the display. */
const closeDelay = 30_000;
/** Milliseconds in which changes to the set of shown entries are combined. */
const combineTime = 20;

export class LiveData {
  readonly #parts: LiveDataParts;
  readonly #source: LiveEventSource;
  /** Tick since which each tag has been subscribed to without a gap. */
  readonly #since = new Map<string, number>();
  /** Tags beyond the limit of a stream: their changes are not received. */
  #overLimit: ReadonlySet<string> = new Set();
  /** Latest positions by tag, for answers in flight when the change was reported. */
  readonly #latest = new Map<string, number>();
  #log = '';
  #timer: unknown;
  #leaving: unknown;
  #closed = false;

  constructor(parts: LiveDataParts) {
    this.#parts = parts;
    const { clock, open, shared } = parts;
    const page = globalThis as { navigator?: { locks?: Locks }; BroadcastChannel?: new (name: string) => Channel };
    const connect = (onEvent: (event: LiveEvent) => void, cursor?: string) =>
      new EventConnection({ open, clock, onEvent }, cursor);
    const onEvent = (event: LiveEvent) => this.#receive(event);
    const locks = page.navigator?.locks;
    if (shared === undefined || locks === undefined || page.BroadcastChannel === undefined) {
      this.#source = connect(onEvent);
    } else {
      this.#source = new Tabs({ name: shared, locks, channel: new page.BroadcastChannel(shared), clock, connect, onEvent });
    }
  }

  /** Notes that the set of shown entries has changed. */
  changed(): void {
    if (this.#closed) return;
    this.#timer ??= this.#parts.clock.setTimeout(
      () => {
        this.#timer = undefined;
        this.#subscribe();
      },
      combineTime,
      true,
    );
  }

  /** Reconnects: the network is back. */
  wake(): void {
    this.#source.wake();
  }

  close(): void {
    this.#closed = true;
    this.#parts.clock.clearTimeout(this.#timer);
    this.#parts.clock.clearTimeout(this.#leaving);
    this.#source.close();
  }

  get #entries(): CacheEntry[] {
    const { cache, prefix } = this.#parts;
    return cache.list((entry) => entry.live !== undefined && entry.key.startsWith(prefix));
  }

  #subscribe(): void {
    const { clock } = this.#parts;
    clock.clearTimeout(this.#leaving);
    const entries = this.#entries;
    this.#outdate((entry) => isOlder(entry, this.#latest, this.#log), undefined);
    const subscription = subscriptionOf(entries, ({ live }) =>
      live!.sealed.every((tag) => this.#since.has(tag) || this.#overLimit.has(tag)),
    );
    if (subscription === undefined) {
      this.#leaving = clock.setTimeout(() => this.#source.subscribe({ tags: [], cursor: undefined }), closeDelay, true);
      return;
    }
    this.#source.subscribe(subscription);
  }

  #receive(event: LiveEvent): void {
    if (this.#closed) return;
    if (event.kind !== 'outdated') this.#begin(event);
    if (event.within === 0) this.#mark(event);
    else this.#parts.clock.setTimeout(() => this.#mark(event), random() * event.within, true);
    if (event.kind !== 'outdated') this.#parts.reached();
  }

  /** Handles the start of a subscription: entries requested before it that it does not cover are stale. */
  #begin({ kind, log, position, listening }: LiveEvent): void {
    const { cache } = this.#parts;
    const now = cache.tick();
    const listened = new Set(listening);
    const late = new Set(listening.filter((tag) => this.#overLimit.has(tag)));
    this.#overLimit = new Set(this.#entries.flatMap(({ live }) => live!.sealed.filter((tag) => !listened.has(tag))));
    if (log !== this.#log) this.#latest.clear();
    this.#log = log;
    for (const tag of [...this.#since.keys()]) if (kind === 'reset' || !listened.has(tag)) this.#since.delete(tag);
    for (const tag of listening) if (!this.#since.has(tag)) this.#since.set(tag, now);
    const isOutdated = ({ requested, live }: CacheEntry): boolean => {
      const { sealed, cursor = '' } = live!;
      const own = positionOf(cursor);
      // The changes since then have arrived or are about to, except for tags that no stream was subscribed to.
      if (own.log === log && !sealed.some((tag) => late.has(tag)) && (kind === 'ready' || own.position >= position)) return false;
      return sealed.some((tag) => listened.has(tag) && !(requested > (this.#since.get(tag) ?? now)));
    };
    this.#outdate(isOutdated, `${log}.${position}`);
  }

  #mark({ tags, log, position: at }: LiveEvent): void {
    if (tags.size === 0 || this.#closed) return;
    if (log === this.#log) for (const [tag, position] of tags) this.#latest.set(tag, position);
    this.#outdate((entry) => isOlder(entry, tags, log), `${log}.${at}`);
  }

  /**
   * Marks entries as stale. An entry with a request in flight is checked when the answer arrives, which may include the change.
   *
   * @param reported position of the server that reported this
   */
  #outdate(isOutdated: (entry: CacheEntry) => boolean, reported: string | undefined): void {
    const { cache } = this.#parts;
    const outdated: CacheEntry[] = [];
    for (const entry of this.#entries) {
      if (!isOutdated(entry)) continue;
      if (entry.flight === undefined) outdated.push(entry);
      else entry.flight.whenSettled(() => isOutdated(entry) && cache.outdate([entry], reported));
    }
    cache.outdate(outdated, reported);
  }
}

/** Whether a tag of an entry changed after the position of its answer. */
function isOlder({ live }: CacheEntry, tags: ReadonlyMap<string, number>, log: string): boolean {
  if (live === undefined) return false;
  const own = positionOf(live.cursor ?? '');
  return live.sealed.some((sealed) => {
    const position = tags.get(plainTag(sealed));
    return position !== undefined && !(own.log === log && own.position >= position);
  });
}

/** Returns the tags of all entries, those on display first; `undefined` when none is on display. */
function subscriptionOf(entries: readonly CacheEntry[], covered: (entry: CacheEntry) => boolean): Subscription | undefined {
  const shown = entries.filter(({ observers }) => observers.size > 0);
  if (shown.length === 0) return undefined;
  // Of the entries not on display, the most recently used come last in the cache.
  const others = entries.filter(({ observers }) => observers.size === 0).reverse();
  const tags = new Set<string>();
  let cursor: string | undefined;
  for (const entry of [...shown, ...others]) {
    if (tags.size >= maxTags) break;
    for (const tag of entry.live!.sealed) tags.add(tag);
    // All changes of a covered entry since its request have been received.
    if (!covered(entry)) cursor = earlier(cursor, entry.live!.cursor);
  }
  return { tags: [...tags].slice(0, maxTags), cursor };
}
