/** The retry manager of a peer: one that was passed in, or one whose code is loaded on demand. */
import type { Clock } from '@omnitron-dev/netron/http/client';
import type { RetryManager } from './retry-manager.js';
import { optionNames, type RetryManagerOptions, readRetryOptions } from './retry-options.js';

export class RetrySwitch {
  readonly #options: RetryManagerOptions;
  #manager: RetryManager | undefined;
  #loading: Promise<RetryManager | undefined> | undefined;
  #always: boolean;

  /**
   * @param given `undefined`: calls are retried only when their settings ask for it
   * @throws TypeError when an option is wrong
   */
  constructor(given: RetryManager | RetryManagerOptions | undefined, clock: Clock) {
    this.#always = given !== undefined;
    this.#manager = isManager(given) ? given : undefined;
    this.#options = { clock, ...(given === undefined || isManager(given) ? {} : readRetryOptions(given, optionNames)) };
    // Loaded with the page: once the network fails, it is too late.
    if (given !== undefined && this.#manager === undefined) void this.#load();
  }

  /** Whether calls are retried without asking for it in their settings. */
  get always(): boolean {
    return this.#always;
  }

  /** @throws TypeError when `manager` is not a retry manager */
  use(manager: RetryManager): void {
    if (!isManager(manager)) throw new TypeError('setRetryManager takes a RetryManager');
    this.#manager = manager;
    this.#always = true;
  }

  /** Returns the manager; `undefined` when its code cannot be loaded now: the call is then made once. */
  manager(): RetryManager | Promise<RetryManager | undefined> {
    return this.#manager ?? this.#load();
  }

  #load(): Promise<RetryManager | undefined> {
    this.#loading ??= import('./retry-manager.js').then(
      ({ RetryManager }) => {
        this.#manager ??= new RetryManager(this.#options);
        return this.#manager;
      },
      () => {
        this.#loading = undefined;
        return undefined;
      },
    );
    return this.#loading;
  }
}

function isManager(value: unknown): value is RetryManager {
  return typeof (value as RetryManager | undefined)?.execute === 'function';
}
