/** One cached answer: the last value from the server, and the unconfirmed changes shown on top of it. */

import { attempt } from '../util/attempt.js';
import type { Flight } from '../util/flight.js';
import { reaches } from '../util/positions.js';
import type { LiveFacts } from '../util/sealed-tags.js';
import type { Invalidable } from './patterns.js';

/** A change that is shown before the server has confirmed it. */
export interface Layer {
  /** Returns the value to show; `undefined` leaves the current one. */
  readonly update: (current: unknown) => unknown;
  /** Tick at which the call succeeded. An answer requested after it includes the change. */
  settled: number | undefined;
}

/** Observer that shows an entry. */
export interface EntryObserver {
  /** The value, the state or the error of the entry has changed. */
  changed(): void;
  /** The entry is stale and should be fetched again. */
  outdated(): void;
}

/** A value from the server, and how long it may be used. */
export interface Base {
  readonly value: unknown;
  /** Bytes, estimated where unknown. */
  readonly size: number;
  /** Monotonic time of the answer, in milliseconds. */
  readonly updated: number;
  /** Milliseconds for which the value is fresh. */
  readonly maxAge: number;
  /** Milliseconds after `maxAge` during which the stale value is still returned while a new one is fetched. */
  readonly staleWhileRevalidate: number;
  readonly etag: string | undefined;
}

/** An answer from the server, or a value that the program stores in its place. */
export interface Answer {
  readonly value: unknown;
  readonly tags: readonly string[];
  /** Bytes. Default: estimated. */
  readonly size?: number;
  readonly etag?: string | undefined;
  /** Data for subscribing to changes of the value. */
  readonly live?: LiveFacts | undefined;
}

/** An invalidation of the entries that match. */
export interface Invalidation {
  /** Tick. */
  readonly at: number;
  readonly matches: (entry: Invalidable) => boolean;
}

/** Limits on the age of a value. */
export interface Terms {
  readonly maxAge?: number;
  readonly staleWhileRevalidate?: number;
}

export class CacheEntry {
  readonly key: string;
  /** `service.method`, matched by patterns. */
  readonly name: string;
  tags: ReadonlySet<string> = new Set();
  base: Base | undefined;
  readonly layers: Layer[] = [];
  readonly observers = new Set<EntryObserver>();
  /** The request in flight. */
  flight: Flight<unknown> | undefined;
  /** Failure of the last request; `undefined` when it succeeded. */
  error: unknown;
  /** Time until which a value, or a failure, that came with the page counts as fresh whatever its age. */
  graceUntil = 0;
  /** Data for subscribing to changes of the current answer. */
  live: LiveFacts | undefined;
  /** Tick at which the current answer was requested. */
  requested = 0;
  /** Time of the last request by a query that shows the entry, in milliseconds on the clock of the queries. */
  lastFetch = Number.NEGATIVE_INFINITY;
  /** Tick of the last invalidation, until an answer requested after it arrives; otherwise 0. */
  invalidated = 0;
  /** Invalidations since the request in flight began that did not match: its answer may have other tags. */
  readonly unmatched: Invalidation[] = [];
  /** Latest position at which the server has reported the entry as stale: requests since the last such report are answered after it. */
  reported: string | undefined;
  /** Milliseconds for which the entry is kept while it is unused. */
  gcTime: number;
  /** Monotonic time of the last use. */
  used: number;
  #shown: unknown;

  constructor(key: string, name: string, gcTime: number, now: number) {
    this.key = key;
    this.name = name;
    this.gcTime = gcTime;
    this.used = now;
  }

  /** The value on display: the value from the server with all layers applied. */
  get value(): unknown {
    return this.layers.length === 0 ? this.base?.value : this.#shown;
  }

  /** Whether there is anything to show. */
  get hasValue(): boolean {
    return this.base !== undefined || this.layers.length > 0;
  }

  /** Whether the value is fresh at `now`, by the given `maxAge` or otherwise by its own. */
  fresh(now: number, { maxAge }: Terms = {}): boolean {
    const { base } = this;
    if (base === undefined || this.invalidated > 0) return false;
    return now - base.updated < (maxAge ?? base.maxAge) || now < this.graceUntil;
  }

  /** Whether the entry came with the page as a failure and still counts as current at `now`. */
  failed(now: number): boolean {
    return this.error !== undefined && this.base === undefined && this.invalidated === 0 && now < this.graceUntil;
  }

  /** Whether the value may be returned at `now` while a new one is fetched. */
  presentable(now: number, { maxAge, staleWhileRevalidate }: Terms = {}): boolean {
    const { base } = this;
    if (base === undefined || this.invalidated > 0) return false;
    return now - base.updated < (maxAge ?? base.maxAge) + (staleWhileRevalidate ?? base.staleWhileRevalidate);
  }

  /** Whether a read that begins now may join the request in flight: no invalidation since then concerns it, or may concern it. */
  get joinable(): boolean {
    const last = this.unmatched.at(-1)?.at ?? 0;
    return this.flight !== undefined && this.flight.started > Math.max(this.invalidated, last);
  }

  /**
   * Notes that an answer has arrived, whose tags the entry has. It includes the changes that were confirmed before it was requested, and
   * ends the invalidations before that.
   *
   * @param requested tick of the request
   */
  settle(requested: number): void {
    this.error = undefined;
    if (this.invalidated <= requested) this.invalidated = 0;
    for (const { at, matches } of this.unmatched.splice(0)) if (at > requested && matches(this)) this.invalidated = at;
    const { layers } = this;
    layers.splice(0, layers.length, ...layers.filter(({ settled }) => settled === undefined || settled > requested));
  }

  /** Whether the current answer includes the change at a position of the server's log, or the next answer is known to. */
  knows(cursor: string | undefined): boolean {
    return this.error === undefined && (reaches(this.live?.cursor, cursor) || reaches(this.reported, cursor));
  }

  /** Whether no observer, no request and no unconfirmed change uses the entry. */
  get idle(): boolean {
    return this.observers.size === 0 && this.flight === undefined && this.layers.every(({ settled }) => settled !== undefined);
  }

  /** Adds a layer on top. An update that throws leaves the entry unchanged. */
  push(layer: Layer): void {
    const { value } = this;
    this.#shown = layer.update(value) ?? value;
    this.layers.push(layer);
  }

  /** Removes a layer. */
  remove(layer: Layer): void {
    const index = this.layers.indexOf(layer);
    if (index < 0) return;
    this.layers.splice(index, 1);
    this.refold();
  }

  /** Applies the layers again. A layer whose update throws is skipped and reported to the console. */
  refold(): void {
    let value = this.base?.value;
    for (const { update } of [...this.layers]) {
      attempt(() => {
        value = update(value) ?? value;
      }, 'an optimistic update');
    }
    this.#shown = value;
  }

  notify(): void {
    for (const observer of [...this.observers]) attempt(() => observer.changed());
  }
}
