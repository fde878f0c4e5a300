/** Circuit breaker: refuses calls to a target that keeps failing, then tries it with one call at a time. */

/** Rules by which a circuit breaker opens. Times are in milliseconds. */
export interface BreakerOptions {
  /** Number of failures within `windowTime` that opens it, when they are at least half of the calls. */
  readonly threshold: number;
  readonly windowTime: number;
  /** Time until the first trial call is allowed. */
  readonly cooldownTime: number;
}

/** Number of parts in which the window is counted. */
const parts = 10;

interface Part {
  index: number;
  calls: number;
  failures: number;
}

export class Breaker {
  readonly #options: BreakerOptions;
  readonly #parts: Part[] = Array.from({ length: parts }, () => ({ index: -1, calls: 0, failures: 0 }));
  #openUntil: number | undefined;
  #probing = false;
  #permit = 0;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  /** State of the breaker. `open`: calls are refused. `half-open`: one trial call is allowed. */
  state(now: number): 'closed' | 'open' | 'half-open' {
    if (this.#openUntil === undefined) return 'closed';
    return now < this.#openUntil ? 'open' : 'half-open';
  }

  /** Milliseconds until a call is allowed: 0 for now, `undefined` while the outcome of a trial call is awaited. */
  wait(now: number): number | undefined {
    if (this.#openUntil === undefined) return 0;
    if (now < this.#openUntil) return this.#openUntil - now;
    return this.#probing ? undefined : 0;
  }

  /**
   * Starts a call. Allowed only after `wait` has returned 0.
   *
   * @returns a permit that identifies the current state: a call that started before the breaker opened, tried again or closed no longer
   *   counts
   */
  begin(): number {
    if (this.#openUntil !== undefined) {
      this.#probing = true;
      this.#permit += 1;
    }
    return this.#permit;
  }

  /** Counts a call that has ended. */
  end(permit: number, failed: boolean, now: number): void {
    if (permit !== this.#permit) return;
    if (this.#probing) {
      this.#change(failed ? now + this.#options.cooldownTime : undefined);
      if (!failed) for (const part of this.#parts) part.index = -1;
      return;
    }
    const part = this.#part(now);
    part.calls += 1;
    if (!failed) return;
    part.failures += 1;
    const { calls, failures } = this.#sum(now);
    if (failures >= this.#options.threshold && failures * 2 >= calls) this.#change(now + this.#options.cooldownTime);
  }

  /** Ends a call whose outcome does not count, for instance because it was canceled. */
  forget(permit: number): void {
    if (permit === this.#permit) this.#probing = false;
  }

  #change(openUntil: number | undefined): void {
    this.#probing = false;
    this.#openUntil = openUntil;
    this.#permit += 1;
  }

  #part(now: number): Part {
    const index = this.#index(now);
    const part = this.#parts[index % parts]!;
    if (part.index !== index) Object.assign(part, { index, calls: 0, failures: 0 });
    return part;
  }

  #sum(now: number): { calls: number; failures: number } {
    const oldest = this.#index(now) - parts;
    let calls = 0;
    let failures = 0;
    for (const part of this.#parts) {
      if (part.index <= oldest) continue;
      calls += part.calls;
      failures += part.failures;
    }
    return { calls, failures };
  }

  #index(now: number): number {
    return Math.floor(now / (this.#options.windowTime / parts));
  }
}
