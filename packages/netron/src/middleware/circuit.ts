import { checkValues } from '../util/check-values.js';
import { onlyOptions } from '../util/only-options.js';
import { RollingSum } from '../util/rolling-sum.js';
import type { Verdict } from './failure.js';
import { type BreakerOptions, breakerChecks } from './policy-options.js';

/** `closed`: calls pass. `open`: calls are refused. `half-open`: one call is under way that decides. */
export type CircuitState = 'closed' | 'open' | 'half-open';

/** Calls that were let in are told apart by this number; it changes with the state. 0: refused. */
export type Permit = number;

/**
 * Checks options and adds the defaults.
 *
 * @throws RangeError when a value is outside of its range; TypeError for unknown options
 */
export function breakerOptions(given: BreakerOptions = {}): Required<BreakerOptions> {
  onlyOptions('breaker', given, breakerChecks);
  checkValues('breaker', given, breakerChecks);
  const { rate = 0.5, volume = 20, window = 10_000, consecutive = 5, resetTimeout = 60_000 } = given;
  return { rate, volume, window, consecutive, resetTimeout };
}

/** One circuit: decides which calls pass, by how earlier ones ended. Has no timer; time is what its callers say it is. */
export class Circuit {
  readonly #options: Required<BreakerOptions>;
  readonly #calls: RollingSum;
  readonly #failures: RollingSum;
  #state: CircuitState = 'closed';
  #permit: Permit = 1;
  #inRow = 0;
  /** Time at which an open circuit lets one call through, or the one let through has had its time. */
  #until = 0;

  constructor(options: Required<BreakerOptions>) {
    this.#options = options;
    this.#calls = new RollingSum(options.window);
    this.#failures = new RollingSum(options.window);
  }

  /** The state at `now`: an open circuit whose time is over is `half-open` from then on. */
  state(now: number): CircuitState {
    return this.#state === 'open' && now >= this.#until ? 'half-open' : this.#state;
  }

  /** Asks for a call to be let through. */
  enter(now: number): Permit {
    if (this.#state === 'closed') return this.#permit;
    if (now < this.#until) return 0;
    // The one that goes ahead; should it never end, another follows.
    this.#change('half-open', now + this.#options.resetTimeout);
    return this.#permit;
  }

  /** Reports how a call that was let in has ended. Calls of an earlier state say nothing about this one. */
  leave(permit: Permit, verdict: Verdict, now: number): void {
    if (permit !== this.#permit) return;
    if (this.#state === 'half-open') this.#decide(verdict, now);
    else if (verdict !== 'neither') this.#count(verdict, now);
  }

  /** Milliseconds until a call may be let through. */
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
