import { NetronError, type OptionNames } from '@omnitron-dev/netron';
import type { TokenUser } from '../identity/auth-provider.js';
import { checkPositive } from '../identity/numbers.js';
import { refusal } from '../identity/refusal.js';
import { readSettings } from '../identity/settings.js';
import { digest, randomText } from './secrets.js';

/** A refresh token as it is stored. All tokens that descend from one login form a family. */
export interface RefreshRecord {
  readonly family: string;
  readonly user: TokenUser;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Storage of refresh tokens. Each operation is atomic. */
export interface RefreshStore {
  /** Stores an unused token. Returns `false`, and stores nothing, when its family has been revoked. */
  add(digest: string, record: RefreshRecord): boolean | Promise<boolean>;
  /** Returns a token without changing it; `first` tells whether it is unused. Returns `undefined` as `use` does. */
  find(digest: string): Used | undefined | Promise<Used | undefined>;
  /**
   * Marks a token as used and returns it. `first` tells whether it was unused until now. Returns `undefined` when it is unknown or its
   * family has been revoked.
   */
  use(digest: string): Used | undefined | Promise<Used | undefined>;
  /** Deletes all tokens of a family, and accepts no more of it. */
  revokeFamily(family: string): unknown;
}

/** A token with the state in which it was found. */
export interface Used {
  readonly record: RefreshRecord;
  readonly first: boolean;
}

/** Options of `RefreshTokens`. */
export interface RefreshTokensOptions {
  /** Creates access tokens, for instance a `JwtAuthProvider`. */
  readonly provider: { createToken(user: TokenUser, options: { expiresIn: number }): Promise<string> };
  /** Default: in memory, at most 100,000 tokens. */
  readonly store?: RefreshStore;
  /** Lifetime of an access token, in milliseconds. Default 15 minutes. */
  readonly accessExpiresIn?: number;
  /** Lifetime of a refresh token, in milliseconds. Default 30 days. */
  readonly expiresIn?: number;
  /**
   * Reads the user again at each renewal; `undefined` refuses it. When it throws, the token stays valid. Default: the user at the login.
   */
  readonly reload?: (user: TokenUser) => TokenUser | undefined | Promise<TokenUser | undefined>;
  /**
   * Called when a used token is presented again, after its family was revoked. An error that it throws becomes the `cause` of the refusal.
   */
  readonly onReuse?: (user: TokenUser) => unknown;
  /** Returns the wall-clock time in milliseconds. */
  readonly now?: () => number;
}

const names: OptionNames<RefreshTokensOptions> = {
  accessExpiresIn: true,
  expiresIn: true,
  now: true,
  onReuse: true,
  provider: true,
  reload: true,
  store: true,
};

/** Tokens of one login. */
export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Lifetime of the access token, in milliseconds. */
  readonly expiresInMs: number;
}

/**
 * Short-lived access tokens with refresh tokens for single use. A refresh token that is presented twice was stolen: all tokens of its login
 * are then revoked.
 *
 * @source RFC 9700 §4.14
 */
export class RefreshTokens {
  readonly #options: RefreshTokensOptions;
  readonly #store: RefreshStore;
  readonly #access: number;
  readonly #life: number;
  readonly #now: () => number;

  /** @throws TypeError when an option is unknown or the store lacks a method; RangeError when a lifetime is not a number above 0 */
  constructor(given: RefreshTokensOptions) {
    const options = readSettings('RefreshTokens', given, names);
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#store = options.store ?? memoryStore(this.#now);
    checkStore(this.#store);
    this.#access = checkPositive('accessExpiresIn', options.accessExpiresIn ?? 15 * 60_000);
    this.#life = checkPositive('expiresIn', options.expiresIn ?? 30 * 24 * 60 * 60_000);
  }

  /** Creates the first tokens of a login. @throws NetronError `unavailable` when the store fails */
  async login(user: TokenUser): Promise<TokenPair> {
    return this.#issue(user, randomText(16), await this.#accessToken(user));
  }

  /**
   * Exchanges a refresh token for new tokens. Every step that can fail comes before the token is marked as used, so that it can be
   * presented again after an outage.
   *
   * @throws NetronError `unauthenticated`, with one message for all reasons; `unavailable`, with one message, when the store, `reload` or
   *   the provider fails
   */
  async refresh(refreshToken: string): Promise<TokenPair> {
    if (!isPossible(refreshToken)) throw refusal();
    const key = await digest(refreshToken);
    const found = await answered(() => this.#store.find(key));
    if (found === undefined) throw refusal();
    const { family, user, expiresAt } = found.record;
    if (!found.first) return this.#reused(family, user);
    if (expiresAt <= this.#now()) throw refusal();
    const { reload } = this.#options;
    const current = reload ? await answered(() => reload(user)) : user;
    if (current === undefined) {
      await answered(() => this.#store.revokeFamily(family));
      throw refusal();
    }
    const accessToken = await answered(() => this.#accessToken(current));
    const tokens = await this.#issue(current, family, accessToken);
    // The new token was not handed out yet: it ends with its family when another caller was first.
    const used = await answered(() => this.#store.use(key));
    if (used === undefined) throw refusal();
    return used.first ? tokens : this.#reused(family, user);
  }

  /**
   * Ends the login that a refresh token belongs to. An unknown token changes nothing. @throws NetronError `unavailable` when the store
   * fails
   */
  async logout(refreshToken: string): Promise<void> {
    if (!isPossible(refreshToken)) return;
    const key = await digest(refreshToken);
    const used = await answered(() => this.#store.use(key));
    if (used !== undefined) await answered(() => this.#store.revokeFamily(used.record.family));
  }

  async #reused(family: string, user: TokenUser): Promise<never> {
    await answered(() => this.#store.revokeFamily(family));
    try {
      await this.#options.onReuse?.(user);
    } catch (cause) {
      throw refusal(cause);
    }
    throw refusal();
  }

  #accessToken(user: TokenUser): Promise<string> {
    return this.#options.provider.createToken(user, { expiresIn: this.#access });
  }

  /** Stores a new refresh token. */
  async #issue(user: TokenUser, family: string, accessToken: string): Promise<TokenPair> {
    const refreshToken = randomText(32);
    const record = { family, user, expiresAt: this.#now() + this.#life };
    // Another caller may have presented the same token in the meantime.
    const key = await digest(refreshToken);
    if (!(await answered(() => this.#store.add(key, record)))) throw refusal();
    return { accessToken, refreshToken, expiresInMs: this.#access };
  }
}

function checkStore(store: RefreshStore): void {
  for (const name of ['add', 'find', 'use', 'revokeFamily'] as const) {
    if (typeof store[name] !== 'function') throw new TypeError(`RefreshTokens: store must have a method '${name}'`);
  }
}

/** @throws NetronError `unavailable` when the call fails; its own message is only for the log */
async function answered<T>(ask: () => T | Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    throw new NetronError('unavailable', 'the refresh token store is not available', { cause });
  }
}

/** Whether it may be a refresh token: a longer string is not hashed. */
const isPossible = (given: unknown): boolean => typeof given === 'string' && given.length <= 256;

const maxTokens = 100_000;

function memoryStore(now: () => number): RefreshStore {
  const tokens = new Map<string, RefreshRecord & { used: boolean }>();
  const revoked = new Set<string>();
  return {
    add(key, record) {
      if (revoked.has(record.family)) return false;
      for (const [old, { expiresAt }] of tokens) {
        if (expiresAt > now() && tokens.size < maxTokens) break;
        tokens.delete(old);
      }
      tokens.set(key, { ...record, used: false });
      return true;
    },
    find(key) {
      const found = tokens.get(key);
      return found && { record: found, first: !found.used };
    },
    use(key) {
      const found = tokens.get(key);
      if (found === undefined) return undefined;
      const first = !found.used;
      found.used = true;
      return { record: found, first };
    },
    revokeFamily(family) {
      for (const [key, record] of tokens) if (record.family === family) tokens.delete(key);
      revoked.add(family);
      const [oldest = ''] = revoked;
      if (revoked.size > maxTokens) revoked.delete(oldest);
    },
  };
}
