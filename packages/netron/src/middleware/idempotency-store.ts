/** Interface of the stores of idempotency keys, and the store in the memory of one process. */
import { systemClock } from '#platform';
import { NetronError } from '../errors/netron-error.js';
import { checkNumbers } from '../util/check-numbers.js';
import type { Clock } from '../util/clock.js';
import { onAbort } from '../util/on-abort.js';
import { onlyOptions } from '../util/only-options.js';
import type { OptionNames } from '../util/option-names.js';

/** Outcome of a call. */
export type KeptOutcome = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown };

/** Remembers calls by their keys. A key belongs to the caller that has begun it until it is kept or forgotten. */
export interface IdempotencyStore {
  /**
   * Begins a call.
   *
   * @param ms milliseconds for which the key is remembered
   * @param print fingerprint of the arguments; absent when there is none
   * @param signal aborted when the caller stops waiting. A key that was granted nevertheless is released by `forget`
   * @returns `undefined` when the key is unused: it then belongs to the caller, who must `keep` or `forget` it. Otherwise resolves with
   *   the outcome of the first call, or with `forgotten` when that call did not run, so that this one may begin again
   * @throws NetronError `invalid_argument` when the key was used with other arguments, `unknown_outcome` when the process that ran the
   *   call is gone, `unavailable` when the store is not available
   */
  begin(key: string, ms: number, print?: string, signal?: AbortSignal): Promise<KeptOutcome | 'forgotten' | undefined>;
  /** Stores the outcome of a call that has ended. */
  keep(key: string, outcome: KeptOutcome, ms: number): Promise<void>;
  /** Releases the key of a call that did not run. */
  forget(key: string): Promise<void>;
}

/** Options of `MemoryIdempotencyStore`. */
export interface MemoryIdempotencyOptions {
  /** Maximum number of keys; one more is refused with `resource_exhausted`. Default 100,000. */
  most?: number;
  /** Default: the platform's clock. */
  clock?: Clock;
}

const names: OptionNames<MemoryIdempotencyOptions> = { most: true, clock: true };

interface Kept {
  readonly print: string | undefined;
  /** Milliseconds for which the key is remembered. */
  window: number;
  expires: number;
  outcome: KeptOutcome | undefined;
  /** Repeats that still wait for the outcome. */
  readonly waiting: Set<(outcome: KeptOutcome | 'forgotten') => void>;
}

/** Stores keys in the memory of one process. */
export class MemoryIdempotencyStore implements IdempotencyStore {
  readonly #most: number;
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept>();
  /** Keys by the lengths of their windows, oldest first. */
  readonly #windows = new Map<number, Set<string>>();

  /** @throws RangeError when `most` is below 1; TypeError for unknown options */
  constructor(options: MemoryIdempotencyOptions = {}) {
    onlyOptions('MemoryIdempotencyStore', options, names);
    const { most = 100_000, clock = systemClock } = options;
    checkNumbers('MemoryIdempotencyStore', { most }, 'a positive integer');
    this.#most = most;
    this.#clock = clock;
  }

  /** Number of remembered keys. */
  get size(): number {
    return this.#kept.size;
  }

  async begin(key: string, ms: number, print?: string, signal?: AbortSignal): Promise<KeptOutcome | 'forgotten' | undefined> {
    const now = this.#clock.now();
    this.#expire(now);
    const kept = this.#kept.get(key);
    if (kept?.print !== undefined && print !== undefined && kept.print !== print) throw otherArguments();
    if (kept?.outcome !== undefined) return kept.outcome;
    if (kept !== undefined) return awaited(kept.waiting, signal);
    if (this.#kept.size >= this.#most) {
      throw new NetronError('resource_exhausted', `${this.#most} idempotency keys are already stored`, { retryAfterMs: 1_000 });
    }
    this.#kept.set(key, { print, window: ms, expires: now + ms, outcome: undefined, waiting: new Set() });
    this.#list(key, ms);
    return undefined;
  }

  async keep(key: string, outcome: KeptOutcome, ms: number): Promise<void> {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    kept.outcome = outcome;
    kept.expires = this.#clock.now() + ms;
    // Moves the key to the end of its window's order.
    this.#unlist(key, kept.window);
    kept.window = ms;
    this.#list(key, ms);
    for (const notify of kept.waiting) notify(outcome);
  }

  async forget(key: string): Promise<void> {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#delete(key, kept.window);
    for (const notify of kept.waiting) notify('forgotten');
  }

  #list(key: string, window: number): void {
    const keys = this.#windows.get(window);
    if (keys === undefined) this.#windows.set(window, new Set([key]));
    else keys.add(key);
  }

  #unlist(key: string, window: number): void {
    const keys = this.#windows.get(window);
    keys?.delete(key);
    if (keys?.size === 0) this.#windows.delete(window);
  }

  #delete(key: string, window: number): void {
    this.#kept.delete(key);
    this.#unlist(key, window);
  }

  #expire(now: number): void {
    for (const [window, keys] of this.#windows)
      for (const key of keys) {
        const { expires, outcome } = this.#kept.get(key) as Kept;
        if (expires > now) break;
        // A call that is still running keeps its key.
        if (outcome !== undefined) this.#delete(key, window);
      }
  }
}

/** Waits for the outcome of the first call; rejects and stops waiting when `signal` is aborted. */
function awaited(waiting: Kept['waiting'], signal: AbortSignal | undefined): Promise<KeptOutcome | 'forgotten'> {
  return new Promise((resolve, reject) => {
    let leave = (): void => {};
    const notify = (outcome: KeptOutcome | 'forgotten'): void => {
      waiting.delete(notify);
      leave();
      resolve(outcome);
    };
    waiting.add(notify);
    if (signal === undefined) return;
    leave = onAbort(signal, (reason) => {
      waiting.delete(notify);
      reject(reason);
    });
  });
}

/** Returns the error for a key that is repeated with other arguments. */
function otherArguments(): NetronError {
  return new NetronError('invalid_argument', 'the idempotency key was used with other arguments');
}
