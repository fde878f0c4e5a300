import { systemClock } from '#platform';
import { CircuitOpenError } from '../errors/named-errors.js';
import { withOutcome } from '../errors/outcome.js';
import type { Clock } from '../util/clock.js';
import { type BreakerOptions, breakerOptions, Circuit, type CircuitState } from './circuit.js';
import { type Verdict, verdictOf } from './failure.js';

/** Options of `NetronCircuitBreaker` and of the middleware `breaker`. */
export interface KeyedBreakerOptions extends BreakerOptions {
  /** Circuits that are kept; the one that was not used for longest makes room. Default 1,000. */
  maxKeys?: number;
  /** Judges what a call threw. Default: codes with an HTTP status below 500 are no failures, `canceled` says nothing. */
  verdict?: (error: unknown) => Verdict;
  /** Default: the platform's. */
  clock?: Clock;
}

/**
 * Circuit breakers by key: each key is refused for a while after too many of its calls have failed. Takes its time from
 * the monotonic clock and has no timers; at most `maxKeys` circuits are kept, whoever chooses the keys.
 */
export class NetronCircuitBreaker {
  readonly #options: Required<BreakerOptions>;
  readonly #maxKeys: number;
  readonly #verdict: (error: unknown) => Verdict;
  readonly #clock: Clock;
  /** The one used last is at the end. */
  readonly #circuits = new Map<string, Circuit>();

  /** @throws RangeError when an option is outside of its range */
  constructor(options: KeyedBreakerOptions = {}) {
    const { maxKeys = 1_000, verdict = verdictOf, clock = systemClock } = options;
    if (!(maxKeys >= 1)) throw new RangeError(`breaker: maxKeys must be at least 1, not ${maxKeys}`);
    this.#options = breakerOptions(options);
    this.#maxKeys = maxKeys;
    this.#verdict = verdict;
    this.#clock = clock;
  }

  /**
   * Calls `fn` unless the circuit of `key` is open.
   *
   * @param options other values for this key; those of the call that creates its circuit count
   * @throws CircuitOpenError, with `retryAfterMs`, when `fn` was not called; otherwise what `fn` throws
   */
  async call<T>(key: string, fn: () => PromiseLike<T> | T, options?: BreakerOptions): Promise<T> {
    const leave = this.enter(key, options);
    try {
      const result = await fn();
      leave();
      return result;
    } catch (error) {
      leave(error);
      throw error;
    }
  }

  /**
   * Lets one call of `key` through and returns what reports its end: without an argument it succeeded, otherwise it
   * failed with that error.
   *
   * @throws CircuitOpenError when it must not be made
   */
  enter(key: string, options?: BreakerOptions): (...error: [] | [error: unknown]) => void {
    const circuit = this.#circuit(key, options);
    const permit = circuit.enter(this.#clock.now());
    if (permit === 0) {
      const retryAfterMs = circuit.retryAfter(this.#clock.now());
      throw withOutcome(new CircuitOpenError(`circuit breaker of '${key}' is open`, { retryAfterMs }), 'not_run');
    }
    return (...error) => {
      const verdict = error.length === 0 ? 'success' : this.#verdict(error[0]);
      circuit.leave(permit, verdict, this.#clock.now());
    };
  }

  /** The state of a key's circuit; `closed` for keys that were never used. */
  state(key: string): CircuitState {
    return this.#circuits.get(key)?.state(this.#clock.now()) ?? 'closed';
  }

  /** Circuits that are kept. */
  get size(): number {
    return this.#circuits.size;
  }

  #circuit(key: string, options: BreakerOptions | undefined): Circuit {
    const known = this.#circuits.get(key);
    if (known !== undefined) {
      this.#circuits.delete(key);
      this.#circuits.set(key, known);
      return known;
    }
    const circuit = new Circuit(options === undefined ? this.#options : breakerOptions({ ...this.#options, ...options }));
    const oldest = this.#circuits.keys().next();
    if (this.#circuits.size >= this.#maxKeys && oldest.done !== true) this.#circuits.delete(oldest.value);
    this.#circuits.set(key, circuit);
    return circuit;
  }
}

/** A circuit breaker of one circuit. */
export class CircuitBreaker {
  readonly #breaker: NetronCircuitBreaker;

  /**
   * @param threshold failures in a row at which it opens, default 5; or all options
   * @param timeout milliseconds until one call is let through, default 60,000
   * @throws RangeError when a value is outside of its range
   */
  constructor(threshold: number | Omit<KeyedBreakerOptions, 'maxKeys'> = 5, timeout = 60_000) {
    const options = typeof threshold === 'number' ? { consecutive: threshold, resetTimeout: timeout } : threshold;
    this.#breaker = new NetronCircuitBreaker({ ...options, maxKeys: 1 });
  }

  /**
   * Calls `fn` unless the circuit is open.
   *
   * @throws CircuitOpenError, with `retryAfterMs`, when `fn` was not called; otherwise what `fn` throws
   */
  execute<T>(fn: () => PromiseLike<T> | T): Promise<T> {
    return this.#breaker.call('default', fn);
  }

  get state(): CircuitState {
    return this.#breaker.state('default');
  }
}
