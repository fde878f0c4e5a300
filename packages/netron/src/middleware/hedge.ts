import { NetronError } from '../errors/netron-error.js';
import { afterAttempt } from '../errors/outcome.js';
import { checkValues } from '../util/check-values.js';
import type { Clock } from '../util/clock.js';
import { isThenable } from '../util/is-thenable.js';
import { onlyOptions } from '../util/only-options.js';
import { Quantile } from '../util/quantile.js';
import { RollingSum } from '../util/rolling-sum.js';
import type { Call, Handler } from './call.js';
import { deriveCall } from './derived-call.js';
import { LinkedSignal } from './linked-signal.js';
import { type HedgeOptions, hedgeChecks } from './policy-options.js';
import { readOnce } from './read-once.js';

/** Options of the middleware `hedge`. */
export interface HedgeMiddlewareOptions extends HedgeOptions {
  /** Whether a call may run twice; other calls are not hedged. Default `false`. */
  idempotent?: boolean | ((call: Call) => boolean);
  /** Default: the node's clock. */
  clock?: Clock;
}

const names: Readonly<Record<keyof HedgeMiddlewareOptions, unknown>> = { ...hedgeChecks, idempotent: true, clock: true };

const budgetWindow = 10_000;
/** Number of measured calls from which `p95` is used. */
const enough = 20;

/**
 * Makes a second attempt when the answer to a call takes long; the first answer wins, and the other attempt is canceled. Only
 * for calls that may run twice and have no streams among their arguments. If an attempt fails before the second is made, the call fails;
 * afterwards the other attempt is awaited.
 *
 * @throws RangeError when an option is out of range; TypeError for unknown options
 */
export function hedge(options: HedgeMiddlewareOptions): (next: Handler) => Handler {
  onlyOptions('hedge', options, names);
  checkValues<HedgeOptions>('hedge', options, hedgeChecks);
  const { after, budget = 0.05, idempotent = false } = options;
  const mayRunTwice = typeof idempotent === 'function' ? idempotent : () => idempotent;
  const times = new Quantile(0.95);
  const earned = new RollingSum(budgetWindow);
  const spent = new RollingSum(budgetWindow);

  const delay = (): number | undefined => (after !== 'p95' ? after : times.size >= enough ? times.value() : undefined);
  /** Whether the budget allows another second attempt; the first one after a quiet time is always allowed. */
  const take = (now: number): boolean => {
    if (spent.total(now) >= Math.max(1, earned.total(now))) return false;
    spent.add(now);
    return true;
  };

  return (next) => (call) => {
    if (!mayRunTwice(call)) return next(call);
    const clock = options.clock ?? call.clock;
    const start = clock.now();
    earned.add(start, budget);
    const wait = delay();
    return new Race(next, call, clock).run(wait, take, () => times.add(clock.now() - start));
  };
}

/** Up to two attempts of one call. */
class Race {
  readonly #next: Handler;
  readonly #call: Call;
  readonly #clock: Clock;
  readonly #signals: LinkedSignal[] = [];
  #running = 0;
  /** Error of the attempts that have failed. */
  #failure: { readonly error: unknown } | undefined;

  constructor(next: Handler, call: Call, clock: Clock) {
    this.#next = next;
    this.#call = call;
    this.#clock = clock;
  }

  /** Starts the first attempt, and the second after `wait` if allowed; `undefined`: no second one. */
  run(wait: number | undefined, take: (now: number) => boolean, succeeded: () => void): unknown {
    const signal = this.#signal();
    const first = this.#attempt(signal);
    if (!isThenable(first)) {
      succeeded();
      return first;
    }
    return new Promise((resolve, reject) => {
      let timer: unknown;
      const end = (answered: LinkedSignal | undefined, settle: () => void): void => {
        this.#clock.clearTimeout(timer);
        this.#cancelBut(answered);
        settle();
      };
      const follow = (result: PromiseLike<unknown>, signal: LinkedSignal): void => {
        this.#running += 1;
        result.then(
          (value) => {
            succeeded();
            end(signal, () => resolve(value));
          },
          (error) => {
            this.#running -= 1;
            this.#failure = this.#failure === undefined ? { error } : { error: afterAttempt(this.#failure.error, error) };
            const { error: last } = this.#failure;
            if (this.#running === 0) end(undefined, () => reject(last));
          },
        );
      };
      follow(first, signal);
      if (wait === undefined) return;
      timer = this.#clock.setTimeout(() => {
        if (readOnce(this.#call.args) || !take(this.#clock.now())) return;
        const another = this.#signal();
        follow(this.#again(another), another);
      }, wait);
    });
  }

  /** Makes the second attempt; a synchronous error becomes a rejection. */
  async #again(signal: LinkedSignal): Promise<unknown> {
    return this.#attempt(signal);
  }

  #attempt(signal: LinkedSignal): unknown {
    return this.#next(deriveCall(this.#call, { signal: () => signal.signal(), over: () => signal.reason }));
  }

  #signal(): LinkedSignal {
    const signal = new LinkedSignal(this.#call);
    this.#signals.push(signal);
    return signal;
  }

  /** Cancels the attempts except the one that has answered: its answer may be a stream, whose call continues. */
  #cancelBut(answered: LinkedSignal | undefined): void {
    for (const signal of this.#signals) {
      signal.unlink();
      if (signal !== answered) signal.abort(new NetronError('canceled', 'another attempt has answered'));
    }
  }
}
