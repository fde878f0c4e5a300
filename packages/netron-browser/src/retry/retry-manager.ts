import type { Retries } from './retries.js';
import { type ExecuteOptions, optionNames, type RetryManagerOptions, readRetryOptions } from './retry-options.js';

/** Retries calls that failed for a transient reason, within a budget, and pauses calls to a server that keeps failing. */
export class RetryManager {
  readonly #options: RetryManagerOptions;
  #retries: Retries | undefined;
  #loading: Promise<Retries | undefined> | undefined;

  /** @throws TypeError when an option is wrong or unknown */
  constructor(options: RetryManagerOptions = {}) {
    this.#options = readRetryOptions(options, optionNames);
    // Loaded with the page: once the network fails, it is too late.
    void this.#load();
  }

  /**
   * Runs `work` until it succeeds or may not be retried; once when the code for it cannot be loaded now.
   *
   * @param work receives the number of failed attempts
   * @throws TypeError when an option is unknown; the error of the last attempt, with outcome `unknown` when an earlier attempt may have
   *   run; NetronError `unavailable` while the breaker is open, `canceled`
   */
  async execute<T>(work: (attempt: number) => Promise<T>, options: ExecuteOptions = {}): Promise<T> {
    const retries = this.#retries ?? (await this.#load());
    return retries === undefined ? work(0) : retries.execute(work, options);
  }

  /** Returns the state of the breaker for `target`; `closed` when there is none. */
  circuit(target = ''): 'closed' | 'open' | 'half-open' {
    return this.#retries?.circuit(target) ?? 'closed';
  }

  #load(): Promise<Retries | undefined> {
    this.#loading ??= import('./retries.js').then(
      ({ Retries }) => {
        this.#retries ??= new Retries(this.#options);
        return this.#retries;
      },
      () => {
        this.#loading = undefined;
        return undefined;
      },
    );
    return this.#loading;
  }
}
