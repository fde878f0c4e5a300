import { type Call, type OptionNames, shareRun } from '@omnitron-dev/netron';
import { readJson, writeJson } from '@omnitron-dev/netron/http/client';
import { checkNames, checkNumber, checkTimeout } from '../errors/check-options.js';
import { timeOfTurn } from '../util/clock.js';
import type { HealthCheck } from '../util/health-check.js';
import { isThenable } from '../util/when-done.js';
import { forOne, KeptResults, type SharedData, share } from './kept-results.js';
import { SharedStore } from './shared-store.js';

/** Answer of a shared store: a result, or the turn to compute it. */
export type StoredResult =
  | { readonly text: string }
  /** The turn to compute it: no other node does so meanwhile. `ticket` is passed back with the result, or alone if there is none to store. */
  | { readonly ticket: string };

/** A store of results that several nodes share, as text. */
export interface ResultStore {
  /** Reads a result, or waits for it while another node computes it. @throws if the store is unreachable */
  get(key: string, tags: readonly string[]): Promise<StoredResult>;
  /** Stores a result, unless one of its tags has been invalidated since `get`. @param ttl milliseconds */
  set(key: string, text: string, ttl: number, tags: readonly string[], ticket: string): Promise<unknown>;
  /** Gives back the turn to compute a result. */
  release(key: string, ticket: string): Promise<unknown>;
  invalidate(tags: readonly string[]): Promise<unknown>;
  /** Reports its health: part of the application's, as `cache`. */
  health?(): HealthCheck | Promise<HealthCheck>;
}

/** Options of a cache. */
export interface ResultCacheOptions {
  /**
   * Store for several nodes, instead of memory. While it is unreachable, results are computed anew, once for concurrent
   * calls of a node. Default: in memory.
   */
  readonly store?: ResultStore;
  /**
   * Milliseconds to wait for a result of the store, including the time in which another node computes it. After a timeout,
   * one call at a time asks the store again. Default 40,000: more than the `turn` of a `RedisState`.
   */
  readonly storeTimeout?: number;
  /** Receives failures of the store: the first one after it has worked. */
  readonly onError?: (error: unknown) => void;
  /** Upper bound in bytes, estimated as twice the length of keys and of results as text. Default 32 MiB. */
  readonly maxBytes?: number;
  /** Returns milliseconds on a monotonic clock. */
  readonly now?: () => number;
}

const names: OptionNames<ResultCacheOptions> = { maxBytes: true, now: true, onError: true, store: true, storeTimeout: true };

/** Timeout of the store in milliseconds for operations other than results that calls wait for. */
const writeTimeout = 5_000;

/** The result as computed, for the caller whose call has computed it. */
interface Made {
  readonly value: unknown;
  /** The same for other callers; `undefined` for a value that is not plain data: they get it as it is. */
  readonly data: SharedData | undefined;
}

/** Returns a result for another caller that has waited for it. */
const forAnother = ({ value, data }: Made): unknown => (data ? forOne(data) : value);

const made = (value: unknown): Made => ({ value, data: share(value) });

/** A result in progress. */
interface Pending {
  readonly tags: readonly string[];
  readonly result: Promise<Made>;
  /** The call that computes it. */
  readonly maker: Call | undefined;
}

/** A cache of results of calls. It is a token: `constructor(private cache: ResultCache)`. */
export class ResultCache {
  readonly #maxBytes: number;
  readonly #now: () => number;
  readonly #kept: KeptResults;
  readonly #store: ResultStore | undefined;
  readonly #shared: SharedStore;
  readonly #storeTimeout: number;
  readonly #pending = new Map<string, Pending>();
  /** Results in progress, for memory. */
  readonly #making = new Set<{ readonly tags: readonly string[]; outdated: boolean }>();

  /** @throws TitanError `invalid_use` when an option is unknown or of another type */
  constructor(options: ResultCacheOptions = {}) {
    checkNames('cache', options, names);
    checkNumber('cache.maxBytes', options.maxBytes, 0);
    checkTimeout('cache.storeTimeout', options.storeTimeout, 1);
    const { maxBytes = 32 * 1024 * 1024, now = timeOfTurn(), store, storeTimeout = 40_000, onError = () => {} } = options;
    this.#store = store;
    this.#shared = new SharedStore(onError);
    this.#storeTimeout = storeTimeout;
    this.#maxBytes = maxBytes;
    this.#kept = new KeptResults(maxBytes);
    this.#now = now;
  }

  /** Number of entries and bytes in memory. */
  get size(): { readonly entries: number; readonly bytes: number } {
    return this.#kept.size;
  }

  /**
   * Removes every result that has one of the tags. With a store, resolves when it has done so; if it is unreachable, results
   * stay until they expire.
   */
  invalidate(tags: string | readonly string[]): void | Promise<void> {
    // A result in progress may be stale already: it is returned, but not cached.
    const all = [tags].flat();
    for (const making of this.#making) making.outdated ||= making.tags.some((tag) => all.includes(tag));
    this.#kept.forget(all);
    // Calls from now on get a newly computed one.
    for (const [key, pending] of this.#pending) if (pending.tags.some((tag) => all.includes(tag))) this.#pending.delete(key);
    const store = this.#store;
    if (store) return this.#shared.tell(writeTimeout, () => store.invalidate(all)).then(() => {});
  }

  /** Removes everything from memory. */
  clear(): void {
    for (const making of this.#making) making.outdated = true;
    this.#kept.clear();
  }

  /** Returns the result in memory for a scope and arguments; `undefined` if there is none, or it has expired. */
  find(scope: string, args: string): { readonly value: unknown } | undefined {
    const kept = this.#kept.find(scope, args);
    if (kept === undefined) return undefined;
    if (kept.until > this.#now()) return kept.copied ? { value: forOne(kept) } : kept;
    this.#kept.drop(kept);
    return undefined;
  }

  /**
   * Returns the result for a scope and arguments: cached, in progress for another caller, or computed now. Failures are not
   * cached.
   *
   * @param scope a member and a caller; reusing the same string is faster
   * @param ttl seconds
   * @param call the calling call: if its caller gives up and the computation fails, others that wait for it compute their own. Calls that join meanwhile share its
   *   result, `outcome` included
   */
  get(scope: string, args: string, ttl: number, tags: readonly string[], make: () => unknown, call?: Call): unknown {
    const kept = this.find(scope, args);
    if (kept) return kept.value;
    const key = scope + args;
    const pending = this.#pending.get(key);
    if (pending) {
      const { maker, result } = pending;
      if (!maker) return result.then(forAnother);
      return (call ? shareRun(call, maker, result) : result).then(forAnother, (error: unknown) => {
        if (!isOver(maker) || (call && isOver(call))) throw error;
        return this.get(scope, args, ttl, tags, make, call);
      });
    }
    if (this.#store) return this.#hold(key, tags, this.#stored(this.#store, key, ttl, tags, make, call), call);
    const making = { tags, outdated: false };
    this.#making.add(making);
    const over = <T>(value: T): T => {
      this.#making.delete(making);
      return value;
    };
    const keep = (value: unknown): Made => {
      const result = made(over(value));
      if (result.data && !making.outdated) this.#kept.keep(scope, args, result.data, this.#now() + ttl * 1_000, tags);
      return result;
    };
    const failed = (error: unknown): never => {
      throw over(error);
    };
    let result: unknown;
    try {
      result = make();
    } catch (error) {
      return failed(error);
    }
    if (!isThenable(result)) return keep(result).value;
    return this.#hold(key, tags, Promise.resolve(result).then(keep, failed), call);
  }

  /** Records a result in progress, for other callers. */
  #hold(key: string, tags: readonly string[], result: Promise<Made>, maker: Call | undefined): Promise<unknown> {
    const pending: Pending = {
      tags,
      maker,
      result: result.finally(() => {
        if (this.#pending.get(key) === pending) this.#pending.delete(key);
      }),
    };
    this.#pending.set(key, pending);
    return pending.result.then(({ value }) => value);
  }

  /** Returns the result of the store, or computes it and stores it there. */
  async #stored(
    store: ResultStore,
    key: string,
    ttl: number,
    tags: readonly string[],
    make: () => unknown,
    call: Call | undefined,
  ): Promise<Made> {
    const release = (ticket: string) => this.#shared.tell(writeTimeout, () => store.release(key, ticket));
    let late = false;
    const asked = this.#shared.ask(this.#storeTimeout, async () => {
      const answer = await store.get(key, tags);
      // No caller waits for this turn any more.
      if (late && 'ticket' in answer) void release(answer.ticket);
      return answer;
    });
    // Another node may compute it.
    const found = await (call ? shareRun(call, undefined, asked) : asked);
    late = found === undefined;
    if (!found) return made(await make());
    if ('text' in found.answer) {
      const { text } = found.answer;
      // An unreadable result is computed again, as if the store were unreachable.
      const kept = await this.#shared.tell(writeTimeout, () => made(readResult(text)));
      return kept ? kept.answer : made(await make());
    }
    const { ticket } = found.answer;
    try {
      const result = made(await make());
      const text = result.data && writeResult(result.value);
      if (text === undefined || text.length * 2 > this.#maxBytes) await release(ticket);
      else await this.#shared.tell(writeTimeout, () => store.set(key, text, ttl * 1_000, tags, ticket));
      return result;
    } catch (error) {
      await release(ticket);
      throw error;
    }
  }
}

/** Whether the caller no longer waits. */
const isOver = ({ signal, deadline = Infinity, clock }: Call): boolean => signal.aborted || clock.now() >= deadline;

/** Returns a result as text, types included. */
const writeResult = (value: unknown): string => writeJson(value, { rich: true });
const readResult = (text: string): unknown => readJson(text, { rich: true });
