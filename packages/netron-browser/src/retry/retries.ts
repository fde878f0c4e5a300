/** Retries calls within a budget, and stops calling a target that keeps failing. Loaded with the first `RetryManager`. */
import {
  afterAttempt,
  type Clock,
  codes,
  isCode,
  NetronError,
  onAbort,
  random,
  systemClock,
} from '@omnitron-dev/netron/http/client';
import { attempt } from '../util/attempt.js';
import { checkedOptions } from '../util/checked-options.js';
import { canceled } from '../util/flight.js';
import { markNotRun } from '../util/not-run.js';
import { type BackoffOptions, delayBefore } from './backoff.js';
import { Breaker, type BreakerOptions } from './breaker.js';
import {
  type ExecuteOptions,
  optionNames,
  type RetryManagerOptions,
  type RetryOptions,
  readRetryOptions,
  retryNames,
} from './retry-options.js';

const defaults: BackoffOptions & { readonly attempts: number } = {
  attempts: 3,
  backoff: 'exponential',
  initialDelay: 500,
  maxDelay: 30_000,
  jitter: 1,
};

const executeNames: Record<keyof ExecuteOptions, true> = {
  target: true,
  signal: true,
  deadline: true,
  keyed: true,
  ...retryNames,
};

/** Retries that may be made at once, and the fraction of a retry that each call earns. */
const budget = { most: 10, perCall: 0.1 };

/** The work of a `RetryManager`. */
export class Retries {
  readonly #options: RetryOptions;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #breakers = new Map<string, Breaker>();
  #tokens: number = budget.most;

  constructor(options: RetryManagerOptions = {}) {
    const { clock = systemClock, random: chance = random, ...rest } = readRetryOptions(options, optionNames);
    this.#options = rest;
    this.#clock = clock;
    this.#random = chance;
  }

  /**
   * Runs `work` until it succeeds or may not be retried.
   *
   * @param work receives the number of failed attempts
   * @throws TypeError when an option is unknown; the error of the last attempt, with outcome `unknown` when an earlier attempt may have
   *   run; NetronError `unavailable` while the breaker is open, `canceled`
   */
  async execute<T>(work: (attempt: number) => Promise<T>, options: ExecuteOptions = {}): Promise<T> {
    const settings = { ...defaults, ...this.#options, ...checkedOptions('execute', options, executeNames) };
    const breaker = this.#breaker(settings.circuitBreaker, settings.target ?? '');
    this.#tokens = Math.min(budget.most, this.#tokens + budget.perCall);
    let before: unknown;
    for (let failed = 0; ; ) {
      try {
        return await this.#attempt(work, failed, breaker);
      } catch (last) {
        const error = failed === 0 ? last : afterAttempt(before, last);
        before = error;
        failed += 1;
        const delay = failed <= settings.attempts ? this.#delay(error, failed, settings) : undefined;
        if (delay === undefined || this.#tokens < 1 || settings.signal?.aborted === true) throw error;
        if (settings.deadline !== undefined && this.#clock.now() + delay >= settings.deadline) throw error;
        this.#tokens -= 1;
        await this.#sleep(delay, settings.signal);
      }
    }
  }

  /** Returns the state of the breaker for `target`; `closed` when there is none. */
  circuit(target = ''): 'closed' | 'open' | 'half-open' {
    return this.#breakers.get(target)?.state(this.#clock.now()) ?? 'closed';
  }

  async #attempt<T>(work: (attempt: number) => Promise<T>, attempt: number, breaker: Breaker | undefined): Promise<T> {
    if (breaker === undefined) return work(attempt);
    const wait = breaker.wait(this.#clock.now());
    if (wait !== 0) throw circuitOpen(wait);
    const permit = breaker.begin();
    try {
      const result = await work(attempt);
      breaker.end(permit, false, this.#clock.now());
      return result;
    } catch (error) {
      if (codeOf(error) === 'canceled') breaker.forget(permit);
      else breaker.end(permit, isServerFailure(error), this.#clock.now());
      throw error;
    }
  }

  /** Returns the milliseconds until the next attempt, or `undefined` when there must be none. */
  #delay(error: unknown, failed: number, settings: typeof defaults & ExecuteOptions): number | undefined {
    if (circuitErrors.has(error as object)) return undefined;
    const { outcome, retryAfterMs: retryAfter } = (error ?? {}) as { outcome?: unknown; retryAfterMs?: unknown };
    if (settings.keyed === true && outcome === 'ran') return undefined;
    if (!isRetryable(error, settings.idempotent === true)) return undefined;
    // The random part is added: clients that were refused together return at different times.
    const least = typeof retryAfter === 'number' && retryAfter >= 0 ? Math.min(retryAfter, settings.maxDelay) : 0;
    return least + delayBefore(failed, settings, this.#chance());
  }

  /** Returns a number from 0 to 1, also when the function of the program does not. */
  #chance(): number {
    let own: unknown;
    attempt(() => (own = this.#random()), 'retry: random');
    return typeof own === 'number' && own >= 0 && own <= 1 ? own : random();
  }

  #breaker(options: BreakerOptions | false | undefined, target: string): Breaker | undefined {
    if (options === undefined || options === false) return undefined;
    let breaker = this.#breakers.get(target);
    if (breaker === undefined) {
      breaker = new Breaker(options);
      this.#breakers.set(target, breaker);
    }
    return breaker;
  }

  #sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      let leave = () => {};
      const timer = this.#clock.setTimeout(() => {
        leave();
        resolve();
      }, ms);
      if (signal === undefined) return;
      leave = onAbort(signal, (reason) => {
        this.#clock.clearTimeout(timer);
        reject(canceled(reason));
      });
    });
  }
}

/** Errors thrown by an open breaker: retrying them at once is useless. */
const circuitErrors = new WeakSet<object>();

function circuitOpen(wait: number | undefined): NetronError {
  const error = new NetronError('unavailable', 'circuit breaker is open', wait === undefined ? {} : { retryAfterMs: wait });
  circuitErrors.add(error);
  return markNotRun(error);
}

/** Whether a call that failed with `error` may be retried. */
function isRetryable(error: unknown, idempotent: boolean): boolean {
  const code = codeOf(error);
  if (!isCode(code)) return false;
  const temporary = codes[code].retry;
  if ((error as { outcome?: unknown } | null)?.outcome === 'not_run') return temporary;
  return idempotent && (temporary || code === 'unknown_outcome');
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | undefined)?.code;
}

/** Whether a failure is the server's; the caller's own errors do not open a breaker. */
function isServerFailure(error: unknown): boolean {
  const { statusCode } = (error ?? {}) as { statusCode?: unknown };
  return typeof statusCode !== 'number' || statusCode >= 500;
}
