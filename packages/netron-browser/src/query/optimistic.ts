/** Changes shown before the server has confirmed them. */
import type { HttpCacheManager } from '../cache/cache-manager.js';
import type { CacheEntry, Layer } from '../cache/entry.js';

/** One change that a call makes in advance. */
export interface OptimisticChange {
  /** The entry to change; default: all whose tags meet those that the call invalidates. */
  readonly target?: { readonly key: string; readonly name: string } | undefined;
  /** Gives the value to show; `undefined` leaves it as it is. */
  readonly update: (current: unknown, ...args: unknown[]) => unknown;
}

/** A change to show in advance; the target's arguments are still values. */
export interface AdvanceChange {
  readonly target: { readonly method: string; readonly args: readonly unknown[] } | undefined;
  readonly update: (current: unknown, ...args: unknown[]) => unknown;
}

/** Runs an action and returns what takes back whatever it wrote outside of the cache. */
export type RecordWrites = <T>(action: () => T) => { readonly result: T; readonly undo: () => void };

/** Changes of one call: shown from now on, until they are confirmed or taken back. */
export class OptimisticChanges {
  readonly #cache: HttpCacheManager;
  readonly #layers: { readonly entry: CacheEntry; readonly layer: Layer }[] = [];
  readonly #undos: (() => void)[] = [];

  constructor(
    cache: HttpCacheManager,
    changes: readonly OptimisticChange[],
    args: readonly unknown[],
    tags: readonly string[],
    record: RecordWrites | undefined,
  ) {
    this.#cache = cache;
    try {
      for (const change of changes) this.#apply(change, args, tags, record);
    } catch (error) {
      this.retract();
      throw error;
    }
  }

  /**
   * The call has succeeded: each change stays until an answer that was asked for after this moment has come.
   *
   * @param pattern of what the call has made out of date besides; all of it in one go, so that nothing is fetched twice
   */
  confirm(pattern: readonly string[]): void {
    const now = this.#cache.tick();
    for (const { layer } of this.#layers) layer.settled = now;
    this.#cache.outdate(
      this.#layers.map(({ entry }) => entry),
      pattern,
    );
  }

  /** The call has failed: what was shown before, or has come since, is shown again. */
  retract(): void {
    for (const { entry, layer } of this.#layers) this.#cache.retract(entry, layer);
    for (const undo of this.#undos.toReversed()) undo();
  }

  #apply(
    { target, update }: OptimisticChange,
    args: readonly unknown[],
    tags: readonly string[],
    record: RecordWrites | undefined,
  ): void {
    const entries = this.#targets(target, tags);
    // An update may write elsewhere, for instance to signals: that happens once, and is taken back with the call's failure.
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
    return this.#cache.list((entry) => entry.filled && tags.some((tag) => entry.tags.has(tag)));
  }
}
