import { random as platformRandom } from '#platform';
import { NetronError } from '../errors/netron-error.js';
import { outcomeOf } from '../errors/outcome.js';
import { checkValues } from '../util/check-values.js';
import { onlyOptions } from '../util/only-options.js';
import { RollingSum } from '../util/rolling-sum.js';
import { type RetryOptions, retryChecks } from './policy-options.js';

/** Milliseconds over which successes allow retries. */
const budgetWindow = 10_000;
/** Retries within the window that need no success, so that rare calls are retried, too. */
const reserve = 10;

/**
 * Decides whether and when a failed call is retried. Successes of the last ten seconds allow retries, so a target that fails
 * every call gets little more than one attempt per call.
 */
export class RetryPolicy {
  readonly #options: Required<RetryOptions>;
  readonly #random: () => number;
  readonly #earned = new RollingSum(budgetWindow);
  readonly #spent = new RollingSum(budgetWindow);

  /** @throws RangeError when an option is out of range; TypeError for unknown options */
  constructor(options: RetryOptions = {}, random: () => number = platformRandom) {
    onlyOptions('retry', options, retryChecks);
    checkValues('retry', options, retryChecks);
    const { attempts = 2, backoff = 'exponential', initialDelay = 50, maxDelay = 2_000, jitter = 1, budget = 0.1 } = options;
    this.#options = { attempts, backoff, initialDelay, maxDelay, jitter, budget };
    this.#random = random;
  }

  /** Records a success, which allows a fraction of a retry. */
  succeeded(now: number): void {
    this.#earned.add(now, this.#options.budget);
  }

  /**
   * Decides on a call that failed with `error`.
   *
   * @param repeats retries of this call so far
   * @param idempotent whether the call may run twice; a call that did not run may be retried in any case
   * @returns milliseconds to wait before the next attempt, which is then taken from the budget; `undefined`: no retry
   */
  next(error: unknown, repeats: number, idempotent: boolean, now: number): number | undefined {
    if (!this.allows(repeats) || !repeatable(error, idempotent)) return undefined;
    if (this.#spent.total(now) >= reserve + this.#earned.total(now)) return undefined;
    this.#spent.add(now);
    return this.#delay(error, repeats);
  }

  /** @internal Whether a call may be retried after so many retries, regardless of its error and the budget. */
  allows(repeats: number): boolean {
    return repeats < this.#options.attempts;
  }

  #delay(error: unknown, repeats: number): number {
    const { backoff, initialDelay, maxDelay, jitter } = this.#options;
    const factor = backoff === 'exponential' ? 2 ** Math.min(repeats, 30) : backoff === 'linear' ? repeats + 1 : 1;
    const full = Math.min(maxDelay, initialDelay * factor);
    const asked = NetronError.is(error) ? (error.retryAfterMs ?? 0) : 0;
    return Math.min(maxDelay, asked) + full * (1 - jitter * this.#random());
  }
}

/** Whether a call that failed with this error may be retried. */
function repeatable(error: unknown, idempotent: boolean): boolean {
  if (!NetronError.is(error) || !(error.retryable || error.code === 'unknown_outcome')) return false;
  return idempotent || outcomeOf(error) === 'not_run';
}
