import { systemClock } from '#platform';
import { CircuitOpenError } from '../errors/named-errors.js';
import { withOutcome } from '../errors/outcome.js';
import { isRecord } from '../util/check.js';
import { checkNumbers } from '../util/check-numbers.js';
import type { Clock } from '../util/clock.js';
import { onlyOptions } from '../util/only-options.js';
import { TurnClock } from '../util/turn-clock.js';
import { breakerOptions, Circuit, type CircuitState, type Permit } from './circuit.js';
import { type Verdict, verdictOf } from './failure.js';
import { type BreakerOptions, breakerChecks } from './policy-options.js';
import type { CallEnd } from './watch-call.js';

/** Options of `NetronCircuitBreaker` and of the middleware `breaker`. */
export interface KeyedBreakerOptions extends BreakerOptions {
  /** Maximum number of circuits; beyond it, the least recently used one is discarded. Default 1,000. */
  maxKeys?: number;
  /** Judges the error of a call. Default: codes with an HTTP status below 500 are not failures, and `canceled` does not count. */
  verdict?: (error: unknown) => Verdict;
  /** Default: the platform's, read once per turn of the event loop. */
  clock?: Pick<Clock, 'now'>;
}

/** Names of the options. */
export const keyedBreakerNames: Readonly<Record<keyof KeyedBreakerOptions, unknown>> = {
  ...breakerChecks,
  maxKeys: true,
  verdict: true,
  clock: true,
};

/**
 * Circuit breakers by key: calls of a key are refused for a while after too many have failed. Uses the monotonic clock and no
 * timers; keeps at most `maxKeys` circuits, so that callers may choose the keys.
 */
export class NetronCircuitBreaker {
  readonly #options: Required<BreakerOptions>;
  readonly #maxKeys: number;
  readonly #verdict: (error: unknown) => Verdict;
  readonly #clock: Pick<Clock, 'now'>;
  /** Circuits in order of use, the latest last. */
  readonly #circuits = new Map<string, Circuit>();
  #last: { readonly key: string; readonly circuit: Circuit } | undefined;

  /** @throws RangeError when an option is out of range; TypeError for unknown options */
  constructor(options: KeyedBreakerOptions = {}) {
    onlyOptions('breaker', options, keyedBreakerNames);
    const { maxKeys = 1_000, verdict = verdictOf, clock = new TurnClock(systemClock), ...conditions } = options;
    checkNumbers('breaker', { maxKeys }, 'a positive integer');
    this.#options = breakerOptions(conditions);
    this.#maxKeys = maxKeys;
    this.#verdict = verdict;
    this.#clock = clock;
  }

  /**
   * Calls `fn` unless the circuit of `key` is open.
   *
   * @param options other values for this key; only those of the call that creates its circuit are used
   * @throws CircuitOpenError, with `retryAfterMs`, when `fn` was not called; otherwise the error of `fn`
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
   * Admits one call of `key` and returns the function that reports its end: without an argument it succeeded, otherwise it
   * failed with that error.
   *
   * @throws CircuitOpenError when the circuit is open
   */
  enter(key: string, options?: BreakerOptions): (...error: [] | [error: unknown]) => void {
    const visit = this.admit(key, options);
    return (...error) => (error.length === 0 ? visit.succeeded() : visit.failed(error[0]));
  }

  /**
   * The same as `enter`; returns an object that is notified of the end of the call.
   *
   * @internal
   */
  admit(key: string, options?: BreakerOptions): CallEnd {
    const circuit = this.#circuit(key, options);
    const now = this.#clock.now();
    const permit = circuit.enter(now);
    if (permit === 0) {
      const retryAfterMs = circuit.retryAfter(now);
      throw withOutcome(new CircuitOpenError(`circuit breaker of '${key}' is open`, { retryAfterMs }), 'not_run');
    }
    return new Visit(circuit, permit, this.#verdict, this.#clock);
  }

  /** Returns the state of a key's circuit; `closed` for unknown keys. */
  state(key: string): CircuitState {
    return this.#circuits.get(key)?.state(this.#clock.now()) ?? 'closed';
  }

  /** Number of circuits. */
  get size(): number {
    return this.#circuits.size;
  }

  #circuit(key: string, options: BreakerOptions | undefined): Circuit {
    if (this.#last?.key === key) return this.#last.circuit;
    const circuit = this.#take(key) ?? this.#make(options);
    this.#circuits.set(key, circuit);
    this.#last = { key, circuit };
    return circuit;
  }

  /** Removes a circuit from its place in the order. */
  #take(key: string): Circuit | undefined {
    const known = this.#circuits.get(key);
    this.#circuits.delete(key);
    return known;
  }

  #make(options: BreakerOptions | undefined): Circuit {
    const circuit = new Circuit(options === undefined ? this.#options : breakerOptions({ ...this.#options, ...options }));
    const oldest = this.#circuits.keys().next();
    if (this.#circuits.size >= this.#maxKeys && oldest.done !== true) this.#circuits.delete(oldest.value);
    return circuit;
  }
}

/** One call that a circuit has admitted. */
class Visit implements CallEnd {
  readonly #circuit: Circuit;
  readonly #permit: Permit;
  readonly #verdict: (error: unknown) => Verdict;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(circuit: Circuit, permit: Permit, verdict: (error: unknown) => Verdict, clock: Pick<Clock, 'now'>) {
    this.#circuit = circuit;
    this.#permit = permit;
    this.#verdict = verdict;
    this.#clock = clock;
  }

  succeeded(): void {
    this.#circuit.leave(this.#permit, 'success', this.#clock.now());
  }

  failed(error: unknown): void {
    this.#circuit.leave(this.#permit, this.#verdict(error), this.#clock.now());
  }
}

/** A circuit breaker with a single circuit. */
export class CircuitBreaker {
  readonly #breaker: NetronCircuitBreaker;

  /**
   * @param threshold failures in a row at which it opens, default 5; or all options
   * @param timeout milliseconds until one call is admitted again, default 60,000
   * @throws RangeError when a value is out of range
   */
  constructor(threshold: number | Omit<KeyedBreakerOptions, 'maxKeys'> = 5, timeout = 60_000) {
    const options = isRecord(threshold) ? threshold : { consecutive: threshold, resetTimeout: timeout };
    this.#breaker = new NetronCircuitBreaker({ ...options, maxKeys: 1 });
  }

  /**
   * Calls `fn` unless the circuit is open.
   *
   * @throws CircuitOpenError, with `retryAfterMs`, when `fn` was not called; otherwise the error of `fn`
   */
  execute<T>(fn: () => PromiseLike<T> | T): Promise<T> {
    try {
      return this.#breaker.call('default', fn);
    } catch (error) {
      // Called as an unbound function, without its object.
      return Promise.reject(error);
    }
  }

  get state(): CircuitState {
    return this.#breaker.state('default');
  }
}
