import { checkOptions, type OptionNames } from '@omnitron-dev/netron';
import type { AuthContext } from './auth-provider.js';
import { checkPositive } from './numbers.js';
import { RevocationDigest } from './revocation-digest.js';

/** Target of a revocation: one token or API key, or everything of a user that was issued until now. */
export type Revocation = { readonly tokenId: string } | { readonly userId: string };

/** Bounds of `Revocations`. */
export interface RevocationsOptions {
  /**
   * Milliseconds for which a revocation is kept: at least the longest life of a token. Default 24 h. API keys that live longer are deleted as
   * well (`revokeKey`): else they are good again.
   */
  readonly keep?: number;
  /** Upper bound of revocations that are kept. Beyond it `revoke` throws and `overflowed` is `true`. Default 1,000,000. */
  readonly max?: number;
  /** Returns the wall-clock time in milliseconds. */
  readonly now?: () => number;
}

/** Characters of an id at most. */
const longestId = 256;

/** Milliseconds by which the clock of another node may be ahead. */
const drift = 60_000;

const names: OptionNames<RevocationsOptions> = { keep: true, max: true, now: true };

/**
 * Revoked tokens and users, in memory. Tells listeners of each revocation, so that open connections can be closed and other
 * nodes be told.
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

  /** @throws TypeError when an option is unknown; RangeError when a number is none above 0 */
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
   * Text that is the same for lists with the same revocations, in whatever order these came; one that has ended may count for a second
   * more. Costs nothing that grows with their number.
   */
  get digest(): string {
    return this.#digest.text(this.#now() - this.#keep);
  }

  /** Whether there are listeners: whether others are told of revocations. */
  get heard(): boolean {
    return this.#listeners.size > 0;
  }

  /** Whether a revocation had no room, and there is none yet: then not every revocation holds here. */
  get overflowed(): boolean {
    if (!this.#overflowed) return false;
    this.#purge(this.#now());
    this.#overflowed = this.size >= this.#max;
    return this.#overflowed;
  }

  /**
   * Revokes a token, or all tokens of a user that were issued until then. One that is known already changes nothing.
   *
   * @param at milliseconds since 1970, at most a minute ahead: later ones count as that. Default: now; another node's revocations come with their own
   * @throws TypeError for an id that is no text; RangeError for one of more than 256 characters, or when more than `max` revocations would be kept
   */
  revoke(revocation: Revocation, at = this.#now()): void {
    const [table, id, kind] =
      'tokenId' in revocation ? [this.#tokens, revocation.tokenId, 't'] : [this.#users, revocation.userId, 'u'];
    checkId(id);
    const now = this.#now();
    if (!Number.isFinite(at)) throw new RangeError(`a revocation takes a time in milliseconds, not ${at}`);
    const since = Math.min(at, now + drift);
    this.#purge(now);
    const before = table.get(id);
    if ((before ?? Number.NEGATIVE_INFINITY) >= since || since + this.#keep <= now) return;
    if (before === undefined && this.size >= this.#max) {
      this.#overflowed = true;
      throw new RangeError(`more than ${this.#max} revocations (option max)`);
    }
    // Deleted first: the tables are in the order of time.
    table.delete(id);
    table.set(id, since);
    if (before !== undefined) this.#digest.delete(kind + id, before);
    this.#digest.add(kind + id, since);
    for (const listener of [...this.#listeners]) listener(revocation, since);
  }

  /** Forgets what is over. */
  #purge(now: number): void {
    for (const table of [this.#tokens, this.#users]) {
      for (const [id, since] of table) {
        if (since + this.#keep > now) break;
        table.delete(id);
      }
    }
  }

  /** Whether an identity has been revoked: its token, or everything of its user that was issued until then. */
  has(context: AuthContext): boolean {
    if (this.size === 0) return false;
    if (context.tokenId !== undefined && this.#tokens.has(context.tokenId)) return true;
    const at = this.#users.get(context.userId);
    // Tokens carry seconds: what was issued in the second of the revocation counts as before it.
    return at !== undefined && !((context.issuedAt ?? 0) > at);
  }

  /** Revocations that hold, with their times: those that are over are left out. */
  *entries(): Generator<readonly [Revocation, number]> {
    const over = this.#now() - this.#keep;
    for (const [tokenId, at] of this.#tokens) if (at > over) yield [{ tokenId }, at];
    for (const [userId, at] of this.#users) if (at > over) yield [{ userId }, at];
  }

  /** Calls `listener` for each revocation and its time. Returns the function that ends it. */
  on(listener: (revocation: Revocation, at: number) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

function checkId(id: unknown): asserts id is string {
  if (typeof id !== 'string') throw new TypeError(`a revocation takes the id of a token or user, not ${typeof id}`);
  if (id.length > longestId)
    throw new RangeError(`an id of ${id.length} characters cannot be revoked: expected ${longestId} at most`);
}
