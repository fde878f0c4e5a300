import { checkOptions, type OptionNames } from '@omnitron-dev/netron';
import type { AuthContext } from './auth-provider.js';
import { checkPositive } from './numbers.js';
import { RevocationDigest } from './revocation-digest.js';

/** Target of a revocation: one token or API key, or everything issued to a user until now. */
export type Revocation = { readonly tokenId: string } | { readonly userId: string };

/** Limits of `Revocations`. */
export interface RevocationsOptions {
  /**
   * Milliseconds for which a revocation is kept: at least the longest life of a token. Default 24 h. API keys that live longer must also be
   * deleted (`revokeKey`), since they become valid again.
   */
  readonly keep?: number;
  /** Most revocations that are kept. Beyond it, `revoke` throws and `overflowed` is `true`. Default 1,000,000. */
  readonly max?: number;
  /** Returns the wall-clock time in milliseconds. */
  readonly now?: () => number;
}

/** Most characters of an id. */
const longestId = 256;

/** Milliseconds by which the clock of another node may be ahead. */
const drift = 60_000;

const names: OptionNames<RevocationsOptions> = { keep: true, max: true, now: true };

/**
 * Revoked tokens and users, in memory. Notifies listeners of each revocation, so that open connections can be closed and other nodes
 * notified.
 */
export class Revocations {
  readonly #keep: number;
  readonly #max: number;
  readonly #now: () => number;
  /** Time of the revocation by token id, in the order of insertion. */
  readonly #tokens = new Map<string, number>();
  readonly #users = new Map<string, number>();
  readonly #listeners = new Set<(revocation: Revocation, at: number) => void>();
  readonly #digest = new RevocationDigest();
  #overflowed = false;

  /** @throws TypeError when an option is unknown; RangeError when a number is not above 0 */
  constructor(options: RevocationsOptions = {}) {
    checkOptions('Revocations', options, names);
    this.#keep = checkPositive('keep', options.keep ?? 24 * 60 * 60_000);
    this.#max = checkPositive('max', options.max ?? 1_000_000);
    this.#now = options.now ?? Date.now;
  }

  /** Number of revocations that are kept. */
  get size(): number {
    return this.#tokens.size + this.#users.size;
  }

  /**
   * Returns the same text for lists with the same revocations, whatever their order; an expired one may count for up to a second longer.
   * Takes constant time.
   */
  get digest(): string {
    return this.#digest.text(this.#now() - this.#keep);
  }

  /** Whether there are listeners, so that others are notified of revocations. */
  get heard(): boolean {
    return this.#listeners.size > 0;
  }

  /** Whether there was and still is no room for a revocation: then not every revocation is in effect here. */
  get overflowed(): boolean {
    if (!this.#overflowed) return false;
    this.#purge(this.#now());
    this.#overflowed = this.size >= this.#max;
    return this.#overflowed;
  }

  /**
   * Revokes a token, or all tokens of a user issued until then. A revocation that is known already changes nothing.
   *
   * @param at milliseconds since 1970, at most a minute ahead; a later time is reduced to that. Default: now. Another node's revocations
   *   come with their own time
   * @throws TypeError for an id that is not a string; RangeError for one of more than 256 characters, or when more than `max` revocations
   *   would be kept
   */
  revoke(revocation: Revocation, at = this.#now()): void {
    const [table, id, kind] =
      'tokenId' in revocation ? [this.#tokens, revocation.tokenId, 't'] : [this.#users, revocation.userId, 'u'];
    checkId(id);
    const now = this.#now();
    if (!Number.isFinite(at)) throw new RangeError(`revoke: the time must be a number of milliseconds, not ${at}`);
    const since = Math.min(at, now + drift);
    this.#purge(now);
    const before = table.get(id);
    if ((before ?? Number.NEGATIVE_INFINITY) >= since || since + this.#keep <= now) return;
    if (before === undefined && this.size >= this.#max) {
      this.#overflowed = true;
      throw new RangeError(`more than ${this.#max} revocations (option max)`);
    }
    // Deleted first, since the tables are in the order of time.
    table.delete(id);
    table.set(id, since);
    if (before !== undefined) this.#digest.delete(kind + id, before);
    this.#digest.add(kind + id, since);
    for (const listener of [...this.#listeners]) listener(revocation, since);
  }

  /** Removes expired revocations. */
  #purge(now: number): void {
    for (const table of [this.#tokens, this.#users]) {
      for (const [id, since] of table) {
        if (since + this.#keep > now) break;
        table.delete(id);
      }
    }
  }

  /** Whether an identity has been revoked: its token, or everything issued to its user until then. */
  has(context: AuthContext): boolean {
    if (this.size === 0) return false;
    if (context.tokenId !== undefined && this.#tokens.has(context.tokenId)) return true;
    const at = this.#users.get(context.userId);
    // Tokens have a resolution of seconds: a token issued in the second of the revocation counts as issued before it.
    return at !== undefined && !((context.issuedAt ?? 0) > at);
  }

  /** Iterates over the revocations in effect, with their times. */
  *entries(): Generator<readonly [Revocation, number]> {
    const over = this.#now() - this.#keep;
    for (const [tokenId, at] of this.#tokens) if (at > over) yield [{ tokenId }, at];
    for (const [userId, at] of this.#users) if (at > over) yield [{ userId }, at];
  }

  /** Calls `listener` for each revocation and its time. Returns a function that removes the listener. */
  on(listener: (revocation: Revocation, at: number) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

function checkId(id: unknown): asserts id is string {
  if (typeof id !== 'string') throw new TypeError(`revoke: tokenId or userId must be a string, not ${typeof id}`);
  if (id.length > longestId) throw new RangeError(`revoke: an id must have at most ${longestId} characters, not ${id.length}`);
}
