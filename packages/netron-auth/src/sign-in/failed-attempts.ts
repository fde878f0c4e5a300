import { checkOptions, NetronError, type OptionNames } from '@omnitron-dev/netron';
import { checkPositive } from '../identity/numbers.js';

/** Limits of failed logins. */
export interface FailedAttemptsOptions {
  /**
   * Number of failures within `window` after which a caller is refused. It also limits the concurrent logins of a caller; further ones
   * wait. Default 10.
   */
  readonly limit?: number;
  /** Milliseconds. Default 60,000. */
  readonly window?: number;
  /** Most callers that are remembered; beyond it, the oldest are forgotten. Default 10,000. */
  readonly maxKeys?: number;
  /** Most waiting logins of a caller. Default 10,000. */
  readonly maxWaiting?: number;
  /** Returns monotonic milliseconds. */
  readonly now?: () => number;
}

const names: OptionNames<FailedAttemptsOptions> = { limit: true, maxKeys: true, maxWaiting: true, now: true, window: true };

/** A waiting login. */
interface Waiting {
  readonly enter: () => void;
  readonly refuse: (error: NetronError) => void;
}

/** Pending logins of one caller. */
interface Logins {
  running: number;
  /** The oldest first; absent until a login has to wait. */
  waiting: Set<Waiting> | undefined;
}

/**
 * Counts failed logins by caller in fixed windows, which makes guessing slow. Concurrent guesses do not help: a caller has at most as many
 * running logins as may still fail.
 */
export class FailedAttempts {
  readonly #limit: number;
  readonly #window: number;
  readonly #maxKeys: number;
  readonly #maxWaiting: number;
  readonly #timeout: number;
  readonly #now: () => number;
  readonly #counts = new Map<string, { since: number; failures: number }>();
  readonly #logins = new Map<string, Logins>();

  /**
   * @param timeout milliseconds for which a login may wait
   * @throws TypeError when an option is unknown; RangeError when a number is not above 0
   */
  constructor(options: FailedAttemptsOptions | undefined, timeout: number) {
    checkOptions('attempts', options, names);
    const { limit = 10, window = 60_000, maxKeys = 10_000, maxWaiting = 10_000, now = () => performance.now() } = options ?? {};
    for (const [name, value] of Object.entries({ limit, window, maxKeys, maxWaiting })) checkPositive(`attempts.${name}`, value);
    this.#limit = limit;
    this.#window = window;
    this.#maxKeys = maxKeys;
    this.#maxWaiting = maxWaiting;
    this.#timeout = timeout;
    this.#now = now;
  }

  /**
   * Runs a login of `key` when its turn comes. It has failed when it throws `unauthenticated`.
   *
   * @throws NetronError `resource_exhausted` after too many failures, or while too many others wait; the error of `login`
   */
  async run<T>(key: string, login: () => Promise<T>): Promise<T> {
    const logins = this.#logins.get(key) ?? { running: 0, waiting: undefined };
    const left = this.#left(key);
    if (left === 0) throw this.#refusal(key);
    this.#logins.set(key, logins);
    if (logins.running < left) logins.running += 1;
    else await this.#turn(logins);
    try {
      return await login();
    } catch (error) {
      if (NetronError.is(error, 'unauthenticated')) this.#failed(key);
      throw error;
    } finally {
      this.#leave(key, logins);
    }
  }

  /** Resolves when a waiting login may run; it then counts as running. */
  #turn(logins: Logins): Promise<void> {
    logins.waiting ??= new Set();
    const { waiting } = logins;
    if (waiting.size >= this.#maxWaiting) throw new NetronError('resource_exhausted', 'too many concurrent logins');
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        waiting.delete(login);
        reject(new NetronError('unavailable', `the login was not processed within ${this.#timeout} ms`));
      }, this.#timeout);
      const login: Waiting = {
        enter: () => {
          clearTimeout(late);
          resolve();
        },
        refuse: (error) => {
          clearTimeout(late);
          reject(error);
        },
      };
      waiting.add(login);
    });
  }

  /** Ends a login and starts waiting ones, or refuses them when none may fail any more. */
  #leave(key: string, logins: Logins): void {
    logins.running -= 1;
    const left = this.#left(key);
    for (const login of logins.waiting ?? []) {
      if (left > 0 && logins.running >= left) return;
      logins.waiting?.delete(login);
      if (left === 0) {
        login.refuse(this.#refusal(key));
        continue;
      }
      logins.running += 1;
      login.enter();
    }
    if (logins.running === 0) this.#logins.delete(key);
  }

  /** Returns the number of logins of `key` that may still fail. */
  #left(key: string): number {
    const count = this.#counts.get(key);
    if (count === undefined || this.#now() >= count.since + this.#window) return this.#limit;
    return Math.max(0, this.#limit - count.failures);
  }

  #refusal(key: string): NetronError {
    const since = this.#counts.get(key)?.since ?? this.#now();
    const retryAfterMs = Math.max(1, Math.ceil(since + this.#window - this.#now()));
    return new NetronError('resource_exhausted', 'too many failed logins', { retryAfterMs });
  }

  #failed(key: string): void {
    const now = this.#now();
    const count = this.#counts.get(key);
    if (count !== undefined && now < count.since + this.#window) {
      count.failures++;
      return;
    }
    this.#counts.delete(key);
    this.#counts.set(key, { since: now, failures: 1 });
    if (this.#counts.size <= this.#maxKeys) return;
    const [oldest = ''] = this.#counts.keys();
    this.#counts.delete(oldest);
  }
}
