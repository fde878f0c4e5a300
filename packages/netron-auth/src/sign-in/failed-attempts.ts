import { checkOptions, type OptionNames } from '@omnitron-dev/netron';

/** Bounds of failed logins. */
export interface FailedAttemptsOptions {
  /** Failures within `window` from which a caller is refused. Default 10. */
  readonly limit?: number;
  /** Milliseconds. Default 60,000. */
  readonly window?: number;
  /** Upper bound of callers that are remembered, the oldest leaving first. Default 10,000. */
  readonly maxKeys?: number;
  /** Returns a time in milliseconds that never goes back. */
  readonly now?: () => number;
}

const names: OptionNames<FailedAttemptsOptions> = { limit: true, maxKeys: true, now: true, window: true };

/** Counts failed logins by caller in fixed windows, so that guessing is slow. */
export class FailedAttempts {
  readonly #limit: number;
  readonly #window: number;
  readonly #maxKeys: number;
  readonly #now: () => number;
  readonly #counts = new Map<string, { since: number; failures: number }>();

  /** @throws TypeError when an option is unknown */
  constructor(options: FailedAttemptsOptions = {}) {
    checkOptions('attempts', options, names);
    this.#limit = options.limit ?? 10;
    this.#window = options.window ?? 60_000;
    this.#maxKeys = options.maxKeys ?? 10_000;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Returns the milliseconds for which `key` is refused; 0 when it may try. */
  retryAfter(key: string): number {
    const count = this.#counts.get(key);
    if (count === undefined || count.failures < this.#limit) return 0;
    return Math.max(0, count.since + this.#window - this.#now());
  }

  /** Counts a failure of `key`. */
  failed(key: string): void {
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

  /** Forgets the failures of `key`: it has logged in. */
  succeeded(key: string): void {
    this.#counts.delete(key);
  }
}
