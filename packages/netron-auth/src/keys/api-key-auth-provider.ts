import { checkOptions, NetronError, type OptionNames } from '@omnitron-dev/netron';
import type { AuthContext, AuthProvider, TokenUser } from '../identity/auth-provider.js';
import { refusal } from '../identity/refusal.js';
import type { Revocations } from '../identity/revocations.js';
import { checkRights } from '../identity/rights.js';
import { digest, randomText, sameText } from './secrets.js';

/** An API key as it is stored, without the secret. */
export interface ApiKeyRecord {
  readonly id: string;
  /** SHA-256 of the secret, as URL-safe text. */
  readonly digest: string;
  readonly user: TokenUser;
  /** Milliseconds since 1970. Absent: the key does not expire. */
  readonly expiresAt?: number;
}

/** Storage of API keys. */
export interface ApiKeyStore {
  get(id: string): ApiKeyRecord | undefined | Promise<ApiKeyRecord | undefined>;
  set(record: ApiKeyRecord): unknown;
  delete(id: string): unknown;
}

/** Options of `ApiKeyAuthProvider`. */
export interface ApiKeyOptions {
  /** Default: in memory. */
  readonly store?: ApiKeyStore;
  /** Notified by `revokeKey`, so that connections opened with the key are closed, too. */
  readonly revocations?: Revocations;
  /** Prefix of keys, by which scanners for leaked secrets find them. Default `nk`. */
  readonly prefix?: string;
  /** Returns the wall-clock time in milliseconds. */
  readonly now?: () => number;
}

const names: OptionNames<ApiKeyOptions> = { now: true, prefix: true, revocations: true, store: true };

/**
 * Long-lived keys for programs: `nk_<id>_<secret>`. A key is shown only when it is created; just its digest is stored.
 *
 * ```ts
 * const keys = new ApiKeyAuthProvider();
 * const { key } = await keys.createKey({ id: 'billing', roles: ['service'] });
 * ```
 */
export class ApiKeyAuthProvider implements AuthProvider {
  readonly #store: ApiKeyStore;
  readonly #prefix: string;
  readonly #revocations: Revocations | undefined;
  readonly #now: () => number;

  /** @throws TypeError when an option is unknown, or `prefix` is invalid */
  constructor(options: ApiKeyOptions = {}) {
    checkOptions('ApiKeyAuthProvider', options, names);
    this.#prefix = options.prefix ?? 'nk';
    if (!/^[a-z][a-z\d]{0,15}$/.test(this.#prefix)) {
      throw new TypeError(`prefix must be 1 to 16 lower-case letters and digits, not '${this.#prefix}'`);
    }
    this.#store = options.store ?? memoryStore();
    this.#revocations = options.revocations;
    this.#now = options.now ?? Date.now;
  }

  /**
   * Returns the identity for an API key; its `tokenId` is the key's id.
   *
   * @throws NetronError `unauthenticated`, with one message for all reasons; `unavailable` when the store fails
   */
  async authenticate(token: string): Promise<AuthContext> {
    const [prefix, id, secret, ...rest] = typeof token === 'string' && token.length <= 256 ? split(token) : [];
    if (prefix !== this.#prefix || id === undefined || secret === undefined || rest.length > 0) throw refusal();
    const record = await this.#read(id);
    const given = await digest(secret);
    // Compared even when there is no such key, so that the time does not reveal which ids exist.
    const same = sameText(given, record?.digest ?? digestOfNothing);
    if (!record || !same || !((record.expiresAt ?? Number.POSITIVE_INFINITY) > this.#now())) throw refusal();
    const { id: userId, roles, permissions, tenant } = record.user;
    return {
      userId,
      tokenId: id,
      ...(roles && { roles }),
      ...(permissions && { permissions }),
      ...(tenant !== undefined && { tenant }),
      ...(record.expiresAt !== undefined && { expiresAt: record.expiresAt }),
    };
  }

  /**
   * Creates a key for `user` and returns it. This is the only time that its secret is available.
   *
   * @param options `expiresIn`: lifetime in milliseconds; without it, the key does not expire
   * @throws RangeError when `expiresIn` is not a number above 0; TypeError when roles or permissions are not a list of strings
   */
  async createKey(user: TokenUser, options: { readonly expiresIn?: number } = {}): Promise<{ id: string; key: string }> {
    checkOptions('createKey', options, { expiresIn: true });
    checkRights('createKey', user);
    const { expiresIn } = options;
    if (expiresIn !== undefined && !(typeof expiresIn === 'number' && Number.isFinite(expiresIn) && expiresIn > 0))
      throw new RangeError(`expiresIn must be a positive number of milliseconds, not ${expiresIn}`);
    const id = randomText(9).replace(/[-_]/g, '0');
    const secret = randomText(32).replace(/[-_]/g, '0');
    const expiresAt = expiresIn === undefined ? undefined : this.#now() + expiresIn;
    await this.#store.set({ id, digest: await digest(secret), user, ...(expiresAt !== undefined && { expiresAt }) });
    return { id, key: `${this.#prefix}_${id}_${secret}` };
  }

  /**
   * Deletes a key. Connections opened with it stay open unless there are `revocations`. Does nothing when there is no key with that id.
   *
   * @throws the error of the store; that of `revoke` of the revocations, after the key was deleted
   */
  async revokeKey(id: string): Promise<void> {
    await this.#store.delete(id);
    this.#revocations?.revoke({ tokenId: id });
  }

  async #read(id: string): Promise<ApiKeyRecord | undefined> {
    try {
      return await this.#store.get(id);
    } catch (cause) {
      throw new NetronError('unavailable', 'the API key store is not available', { cause });
    }
  }
}

const digestOfNothing = 'A'.repeat(43);

const split = (token: string): string[] => token.split('_');

function memoryStore(): ApiKeyStore {
  const records = new Map<string, ApiKeyRecord>();
  return {
    get: (id) => records.get(id),
    set: (record) => records.set(record.id, record),
    delete: (id) => records.delete(id),
  };
}
