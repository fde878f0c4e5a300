import { checkValues } from '../util/check-values.js';
import { onlyOptions } from '../util/only-options.js';
import { RollingSum } from '../util/rolling-sum.js';
import type { Verdict } from './failure.js';
import { type BreakerOptions, breakerChecks } from './policy-options.js';

/** `closed`: calls pass. `open`: calls are refused. `half-open`: one call is in flight, whose end decides. */
export type CircuitState = 'closed' | 'open' | 'half-open';

/** Identifies the state in which a call was admitted; it changes with the state. 0: refused. */
export type Permit = number;

/**
 * Checks options and adds the defaults.
 *
 * @throws RangeError when a value is out of range; TypeError for unknown options
 */
export function breakerOptions(given: BreakerOptions = {}): Required<BreakerOptions> {
  onlyOptions('breaker', given, breakerChecks);
  checkValues('breaker', given, breakerChecks);
  const { rate = 0.5, volume = 20, window = 10_000, consecutive = 5, resetTimeout = 60_000 } = given;
  return { rate, volume, window, consecutive, resetTimeout };
}

/** One circuit: decides which calls pass, from how earlier ones ended. It has no timer; callers pass the time. */
export class Circuit {
  readonly #options: Required<BreakerOptions>;
  readonly #calls: RollingSum;
  readonly #failures: RollingSum;
  #state: CircuitState = 'closed';
  #permit: Permit = 1;
  #inRow = 0;
  /** Time at which an open circuit admits one call, or at which a half-open one no longer waits for that call. */
  #until = 0;

  constructor(options: Required<BreakerOptions>) {
    this.#options = options;
    this.#calls = new RollingSum(options.window);
    this.#failures = new RollingSum(options.window);
  }

  /** Returns the state at `now`: an open circuit becomes `half-open` when its time is over. */
  state(now: number): CircuitState {
    return this.#state === 'open' && now >= this.#until ? 'half-open' : this.#state;
  }

  /** Requests admission of a call. */
  enter(now: number): Permit {
    if (this.#state === 'closed') return this.#permit;
    if (now < this.#until) return 0;
    // This call decides; if it never ends, another one is admitted later.
    this.#change('half-open', now + this.#options.resetTimeout);
    return this.#permit;
  }

  /** Reports how an admitted call has ended. Calls of an earlier state are ignored. */
  leave(permit: Permit, verdict: Verdict, now: number): void {
    if (permit !== this.#permit) return;
    if (this.#state === 'half-open') this.#decide(verdict, now);
    else if (verdict !== 'neither') this.#count(verdict, now);
  }

  /** Returns the milliseconds until a call may be admitted. */
  retryAfter(now: number): number {
    return Math.max(0, Math.ceil(this.#until - now));
  }

  #decide(verdict: Verdict, now: number): void {
    if (verdict === 'success') this.#change('closed', 0);
    else this.#change('open', verdict === 'failure' ? now + this.#options.resetTimeout : now);
  }

  #count(verdict: Verdict, now: number): void {
    const { rate, volume, consecutive, resetTimeout } = this.#options;
    this.#calls.add(now);
    if (verdict === 'success') {
      this.#inRow = 0;
      return;
    }
    this.#inRow += 1;
    this.#failures.add(now);
    const calls = this.#calls.total(now);
    const tooMany = calls >= volume && this.#failures.total(now) >= rate * calls;
    if (tooMany || this.#inRow >= consecutive) this.#change('open', now + resetTimeout);
  }

  #change(state: CircuitState, until: number): void {
    this.#state = state;
    this.#until = until;
    this.#permit += 1;
    this.#inRow = 0;
    this.#calls.clear();
    this.#failures.clear();
  }
}
