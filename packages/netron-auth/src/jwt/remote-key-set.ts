/** Public keys of a token issuer: fetched on first use, and again when a token names an unknown key. */
import { checkOptions, NetronError, type OptionNames } from '@omnitron-dev/netron';
import { createLocalJWKSet, errors, type FlattenedJWSInput, type JSONWebKeySet, type JWSHeaderParameters } from 'jose';
import { checkPositive, checkTimeout } from '../identity/numbers.js';
import { boundedText } from './bounded-text.js';

/** Options of a remote key set. */
export interface RemoteKeySetOptions {
  /** Least milliseconds between two fetches, even after a failed one. Default 30,000. */
  readonly cooldown?: number;
  /** Age in milliseconds at which the keys are fetched again in the background. Default 600,000. */
  readonly maxAge?: number;
  /** Milliseconds for a fetch. Default 5,000. */
  readonly timeout?: number;
  /** Most bytes of the response. Default 262,144. */
  readonly maxLength?: number;
  readonly fetch?: typeof fetch;
  /** Returns monotonic milliseconds. */
  readonly now?: () => number;
}

const names: OptionNames<RemoteKeySetOptions> = {
  cooldown: true,
  fetch: true,
  maxAge: true,
  maxLength: true,
  now: true,
  timeout: true,
};

type KeyOf = ReturnType<typeof createLocalJWKSet>;

/**
 * Finds the key that a token names. Known keys keep working while the issuer's server is down; unknown keys cause at most one fetch per
 * `cooldown`, however many tokens name them.
 *
 * @source RFC 7517
 */
export class RemoteKeySet {
  readonly #url: string;
  readonly #options: Required<RemoteKeySetOptions>;
  #find: KeyOf | undefined;
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #triedAt = Number.NEGATIVE_INFINITY;
  #failure: unknown;
  #fetching: Promise<void> | undefined;

  /** @throws TypeError when an option is unknown; RangeError when a number is not above 0, or `timeout` is more than 24 days */
  constructor(url: string | URL, options: RemoteKeySetOptions = {}) {
    checkOptions('keySet', options, names);
    this.#url = String(url);
    this.#options = {
      cooldown: checkPositive('keySet.cooldown', options.cooldown ?? 30_000),
      maxAge: checkPositive('keySet.maxAge', options.maxAge ?? 600_000),
      timeout: checkTimeout('keySet.timeout', options.timeout ?? 5_000),
      maxLength: checkPositive('keySet.maxLength', options.maxLength ?? 262_144),
      fetch: options.fetch ?? ((input, init) => fetch(input, init)),
      now: options.now ?? (() => performance.now()),
    };
  }

  /**
   * Returns the key for a token's header.
   *
   * @throws NetronError `unavailable` when no keys are known and none can be fetched
   */
  readonly get = async (header: JWSHeaderParameters, token: FlattenedJWSInput): ReturnType<KeyOf> => {
    if (this.#find === undefined) await this.#refresh();
    else if (this.#options.now() - this.#fetchedAt >= this.#options.maxAge) void this.#refresh();
    try {
      return await this.#known(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !this.#mayFetch()) throw error;
      await this.#refresh();
      return this.#known(header, token);
    }
  };

  #known(header: JWSHeaderParameters, token: FlattenedJWSInput): ReturnType<KeyOf> {
    if (this.#find === undefined) {
      throw new NetronError('unavailable', 'cannot fetch the keys of the token issuer', { cause: this.#failure });
    }
    return this.#find(header, token);
  }

  #mayFetch(): boolean {
    return this.#fetching !== undefined || this.#options.now() - this.#triedAt >= this.#options.cooldown;
  }

  /** Fetches the keys unless that was tried a short time ago. All callers share one fetch. Never rejects. */
  #refresh(): Promise<void> {
    if (!this.#mayFetch()) return Promise.resolve();
    this.#fetching ??= this.#fetch()
      .then(
        (find) => {
          this.#find = find;
          this.#fetchedAt = this.#options.now();
        },
        (error: unknown) => {
          this.#failure = error;
        },
      )
      .finally(() => {
        this.#fetching = undefined;
      });
    return this.#fetching;
  }

  async #fetch(): Promise<KeyOf> {
    this.#triedAt = this.#options.now();
    const response = await this.#options.fetch(this.#url, {
      headers: { accept: 'application/jwk-set+json, application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(this.#options.timeout),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`expected status 200 from the key server, got ${response.status}`);
    }
    const text = await boundedText(response, this.#options.maxLength);
    return createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
  }
}
