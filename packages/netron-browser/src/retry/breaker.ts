/** Stops calls to something that keeps failing, and tries it again with one call at a time. */

/** Rules by which a breaker opens. Times in milliseconds. */
export interface BreakerOptions {
  /** Failures within `windowTime` that open it, when they are at least half of the calls. */
  readonly threshold: number;
  readonly windowTime: number;
  /** Until the first call is let through again. */
  readonly cooldownTime: number;
}

/** The window is counted in this many parts. */
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

  /** `open`: calls are refused. `half-open`: one call tries whether it works again. */
  state(now: number): 'closed' | 'open' | 'half-open' {
    if (this.#openUntil === undefined) return 'closed';
    return now < this.#openUntil ? 'open' : 'half-open';
  }

  /** Milliseconds until a call is let through; 0 now; `undefined` when that depends on the call that is trying. */
  wait(now: number): number | undefined {
    if (this.#openUntil === undefined) return 0;
    if (now < this.#openUntil) return this.#openUntil - now;
    return this.#probing ? undefined : 0;
  }

  /**
   * A call goes through. Only after `wait` has answered 0.
   *
   * @returns tells it from calls of before the breaker opened, tried again or closed: how those end says nothing of what is so now
   */
  begin(): number {
    if (this.#openUntil !== undefined) {
      this.#probing = true;
      this.#permit += 1;
    }
    return this.#permit;
  }

  /** A call has ended. */
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

  /** A call has ended in a way that says nothing, for instance because it was canceled. */
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
