/** The retry manager of a peer: one that was passed in, or one of its own. */
import type { Clock } from '@omnitron-dev/netron/http/client';
import { RetryManager } from './retry-manager.js';
import { optionNames, type RetryManagerOptions, readRetryOptions } from './retry-options.js';

export class PeerRetries {
  readonly #clock: Clock;
  #manager: RetryManager | undefined;
  #always: boolean;

  /**
   * @param given `undefined`: calls are retried only when their settings ask for it
   * @throws TypeError when an option is wrong
   */
  constructor(given: RetryManager | RetryManagerOptions | undefined, clock: Clock) {
    this.#clock = clock;
    this.#always = given !== undefined;
    if (given === undefined || isManager(given)) this.#manager = given;
    else this.#manager = new RetryManager({ clock, ...readRetryOptions(given, optionNames) });
  }

  /** Whether calls are retried without asking for it in their settings. */
  get always(): boolean {
    return this.#always;
  }

  /** @throws TypeError when `manager` is not a retry manager */
  use(manager: RetryManager): void {
    if (!isManager(manager)) throw new TypeError('setRetryManager: manager must be a RetryManager');
    this.#manager = manager;
    this.#always = true;
  }

  manager(): RetryManager {
    this.#manager ??= new RetryManager({ clock: this.#clock });
    return this.#manager;
  }
}

function isManager(value: unknown): value is RetryManager {
  return typeof (value as RetryManager | undefined)?.execute === 'function';
}
