/** The retry manager of a peer: the one that it was given, or one whose code is loaded when it is needed. */
import type { Clock } from '@omnitron-dev/netron/http/client';
import type { RetryManager } from './retry-manager.js';
import { optionNames, type RetryManagerOptions, readRetryOptions } from './retry-options.js';

export class RetrySwitch {
  readonly #options: RetryManagerOptions;
  #manager: RetryManager | undefined;
  #loading: Promise<RetryManager | undefined> | undefined;
  #always: boolean;

  /**
   * @param given `undefined`: calls are repeated only where their settings say so
   * @throws TypeError when an option is wrong
   */
  constructor(given: RetryManager | RetryManagerOptions | undefined, clock: Clock) {
    this.#always = given !== undefined;
    this.#manager = isManager(given) ? given : undefined;
    this.#options = { clock, ...(given === undefined || isManager(given) ? {} : readRetryOptions(given, optionNames)) };
    // Loaded with the page: when the network fails, it is too late.
    if (given !== undefined && this.#manager === undefined) void this.#load();
  }

  /** Whether calls are repeated although their settings do not say so. */
  get always(): boolean {
    return this.#always;
  }

  /** @throws TypeError when `manager` is none */
  use(manager: RetryManager): void {
    if (!isManager(manager)) throw new TypeError('setRetryManager takes a RetryManager');
    this.#manager = manager;
    this.#always = true;
  }

  /** Returns the manager; `undefined` when its code cannot be loaded now, so that a call is made once. */
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
