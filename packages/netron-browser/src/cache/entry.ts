/** One cached answer: what the server said last, and what is shown on top of it until the server has answered again. */

import { attempt } from '../util/attempt.js';
import type { Flight } from '../util/flight.js';
import type { LiveFacts } from '../util/sealed-tags.js';

/** A change that is shown before the server has confirmed it. */
export interface Layer {
  /** Gives the value to show; `undefined` leaves it as it is. */
  readonly update: (current: unknown) => unknown;
  /** Moment at which its call has succeeded: an answer that was asked for later contains the change. */
  settled: number | undefined;
}

/** Observer that shows an entry. */
export interface EntryObserver {
  /** The entry has another value, state or error. */
  changed(): void;
  /** The entry is out of date and should be fetched anew. */
  outdated(): void;
}

/** A value from the server and its terms. */
export interface Base {
  readonly value: unknown;
  /** Bytes, estimated where unknown. */
  readonly size: number;
  /** Milliseconds on the monotonic clock. */
  readonly updated: number;
  /** Milliseconds for which it counts as fresh. */
  readonly maxAge: number;
  /** Milliseconds beyond `maxAge` in which it is still given while a new one is fetched. */
  readonly staleWhileRevalidate: number;
  readonly etag: string | undefined;
}

/** An answer of the server, or a value of the program in its place. */
export interface Answer {
  readonly value: unknown;
  readonly tags: readonly string[];
  /** Bytes. Default: estimated. */
  readonly size?: number;
  readonly etag?: string | undefined;
  /** How to hear of changes to it. */
  readonly live?: LiveFacts | undefined;
}

/** Age that a value may have. */
export interface Terms {
  readonly maxAge?: number;
  readonly staleWhileRevalidate?: number;
}

export class CacheEntry {
  readonly key: string;
  /** `service.method`, for patterns. */
  readonly name: string;
  tags: ReadonlySet<string> = new Set();
  base: Base | undefined;
  readonly layers: Layer[] = [];
  readonly observers = new Set<EntryObserver>();
  /** The request under way. */
  flight: Flight<unknown> | undefined;
  /** Failure of the last request; `undefined` when it succeeded. */
  error: unknown;
  /** Until when it counts as fresh whatever its age, or its failure as the newest, because it came with the page. */
  granted = 0;
  /** How to hear of changes to the present answer. */
  live: LiveFacts | undefined;
  /** Moment at which the present answer was asked for. */
  asked = 0;
  /** Milliseconds on the clock of the queries that show it, when one of them has asked for it last. */
  tried = Number.NEGATIVE_INFINITY;
  /** Moment of the last invalidation that no later answer has followed; else 0. */
  invalidated = 0;
  /** Milliseconds for which it is kept while nobody uses it. */
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

  /** Value on display: the server's with all layers applied. */
  get value(): unknown {
    return this.layers.length === 0 ? this.base?.value : this.#shown;
  }

  /** Whether there is anything to show. */
  get filled(): boolean {
    return this.base !== undefined || this.layers.length > 0;
  }

  /** Whether it needs no fetching at `now`, by the terms of whoever asks or else its own. */
  fresh(now: number, { maxAge }: Terms = {}): boolean {
    const { base } = this;
    if (base === undefined || this.invalidated > 0) return false;
    return now - base.updated < (maxAge ?? base.maxAge) || now < this.granted;
  }

  /** Whether it came with the page, at `now` a moment ago, as what could not be read. */
  failed(now: number): boolean {
    return this.error !== undefined && this.base === undefined && this.invalidated === 0 && now < this.granted;
  }

  /** Whether it may be given at `now` while a new one is fetched. */
  presentable(now: number, { maxAge, staleWhileRevalidate }: Terms = {}): boolean {
    const { base } = this;
    if (base === undefined || this.invalidated > 0) return false;
    return now - base.updated < (maxAge ?? base.maxAge) + (staleWhileRevalidate ?? base.staleWhileRevalidate);
  }

  /** The server has answered what was asked for at `asked`: changes confirmed before are part of it, invalidations before are done. */
  answered(asked: number): void {
    this.error = undefined;
    if (this.invalidated <= asked) this.invalidated = 0;
    const { layers } = this;
    layers.splice(0, layers.length, ...layers.filter(({ settled }) => settled === undefined || settled > asked));
  }

  /** Whether nobody shows it, waits for it or has changes on top of it that are not confirmed. */
  get idle(): boolean {
    return this.observers.size === 0 && this.flight === undefined && this.layers.every(({ settled }) => settled !== undefined);
  }

  /** Puts a layer on top. An update that throws leaves the entry as it was. */
  push(layer: Layer): void {
    const { value } = this;
    this.#shown = layer.update(value) ?? value;
    this.layers.push(layer);
  }

  /** Takes a layer away. */
  remove(layer: Layer): void {
    const index = this.layers.indexOf(layer);
    if (index < 0) return;
    this.layers.splice(index, 1);
    this.refold();
  }

  /** Applies the layers anew. One whose update throws for what is there now changes nothing; the console is told. */
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
