/** Optimistic changes: shown before the server confirms them. */
import type { HttpCacheManager } from '../cache/cache-manager.js';
import type { CacheEntry, Layer } from '../cache/entry.js';
import type { Outdated } from '../cache/patterns.js';
import { attempt } from '../util/attempt.js';

/** One optimistic change of a call. */
export interface OptimisticChange {
  /** The entry to change. Default: all entries of the user with a tag that the call invalidates. */
  readonly target?: { readonly key: string; readonly name: string } | undefined;
  /** Returns the value to show; `undefined` leaves the current one. */
  readonly update: (current: unknown, ...args: unknown[]) => unknown;
}

/** An optimistic change whose target still has its arguments instead of a key. */
export interface OptimisticUpdate {
  readonly target: { readonly method: string; readonly args: readonly unknown[] } | undefined;
  readonly update: (current: unknown, ...args: unknown[]) => unknown;
}

/** Runs an action, and returns a function that undoes its writes outside of the cache. */
export type RecordWrites = <T>(action: () => T) => { readonly result: T; readonly undo: () => void };

/** Optimistic changes of one call: shown until they are confirmed or retracted. */
export class OptimisticChanges {
  readonly #cache: HttpCacheManager;
  readonly #isOwn: (key: string) => boolean;
  readonly #layers: { readonly entry: CacheEntry; readonly layer: Layer }[] = [];
  readonly #undos: (() => void)[] = [];

  /** @param isOwn whether the entry of a key is of the user who makes the call */
  constructor(
    cache: HttpCacheManager,
    changes: readonly OptimisticChange[],
    args: readonly unknown[],
    isOwn: (key: string) => boolean,
    tags: readonly string[],
    record: RecordWrites | undefined,
  ) {
    this.#cache = cache;
    this.#isOwn = isOwn;
    try {
      for (const change of changes) this.#apply(change, args, tags, record);
    } catch (error) {
      this.retract();
      throw error;
    }
  }

  /**
   * The call has succeeded: each change stays until an answer that includes it arrives.
   *
   * @param outdated further entries that the call invalidates; marked in the same step, so that nothing is fetched twice
   */
  confirm(outdated: Outdated): void {
    this.#cache.changed(outdated, this.#layers);
  }

  /** The call has failed: the value without the changes is shown again. */
  retract(): void {
    for (const { entry, layer } of this.#layers) this.#cache.retract(entry, layer);
    for (const undo of this.#undos.toReversed()) attempt(undo, 'undoing an optimistic update');
  }

  #apply(
    { target, update }: OptimisticChange,
    args: readonly unknown[],
    tags: readonly string[],
    record: RecordWrites | undefined,
  ): void {
    const entries = this.#targets(target, tags);
    // An update may write elsewhere, for instance to signals. That happens once, and is undone when the call fails.
    const first = record?.(() => update(entries[0]?.value, ...args));
    if (first !== undefined) {
      this.#undos.push(first.undo);
      if (first.result === undefined) return;
    } else if (entries.length === 0) update(undefined, ...args);
    for (const entry of entries) {
      const layer: Layer = { update: (current) => update(current, ...args), settled: undefined };
      this.#cache.push(entry, layer);
      this.#layers.push({ entry, layer });
    }
  }

  #targets(target: OptimisticChange['target'], tags: readonly string[]): CacheEntry[] {
    if (target !== undefined) return [this.#cache.open(target.key, target.name, {})];
    return this.#cache.list((entry) => entry.hasValue && this.#isOwn(entry.key) && tags.some((tag) => entry.tags.has(tag)));
  }
}
