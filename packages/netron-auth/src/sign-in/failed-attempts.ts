import { checkOptions, NetronError, type OptionNames } from '@omnitron-dev/netron';
import { checkPositive } from '../identity/numbers.js';

/** Bounds of failed logins. */
export interface FailedAttemptsOptions {
  /** Failures within `window` from which a caller is refused. As many logins of a caller are looked at at one time; others wait for their turn. Default 10. */
  readonly limit?: number;
  /** Milliseconds. Default 60,000. */
  readonly window?: number;
  /** Upper bound of callers that are remembered, the oldest leaving first. Default 10,000. */
  readonly maxKeys?: number;
  /** Upper bound of logins of a caller that wait for their turn. Default 10,000. */
  readonly maxWaiting?: number;
  /** Returns a time in milliseconds that never goes back. */
  readonly now?: () => number;
}

const names: OptionNames<FailedAttemptsOptions> = { limit: true, maxKeys: true, maxWaiting: true, now: true, window: true };

/** A login that waits for its turn. */
interface Waiting {
  readonly enter: () => void;
  readonly refuse: (error: NetronError) => void;
}

/** Logins of one caller that are under way. */
interface Logins {
  running: number;
  /** The oldest first; absent until one has to wait. */
  waiting: Set<Waiting> | undefined;
}

/**
 * Counts failed logins by caller in fixed windows, so that guessing is slow. Guesses at one time are no way around it: at most as many logins of a
 * caller run as may still fail.
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
   * @param timeout milliseconds that a login may wait for its turn
   * @throws TypeError when an option is unknown; RangeError when a number is none above 0
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
   * Runs a login of `key` when it is its turn. It has failed when it throws `unauthenticated`.
   *
   * @throws NetronError `resource_exhausted` after too many failures, or while too many others wait; what `login` throws
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

  /** Resolves when a login that waits has its turn: it counts as running then. */
  #turn(logins: Logins): Promise<void> {
    logins.waiting ??= new Set();
    const { waiting } = logins;
    if (waiting.size >= this.#maxWaiting) throw new NetronError('resource_exhausted', 'too many logins at one time');
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        waiting.delete(login);
        reject(new NetronError('unavailable', `no turn to log in within ${this.#timeout} ms`));
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

  /** Ends a login, and lets those in that wait; when none may fail any more they are refused. */
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

  /** Returns how many logins of `key` may still fail. */
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
