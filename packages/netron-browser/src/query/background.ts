/** Fetching in the background: one timer for each key, which ends with its entry. Loaded with the first fluent interface. */
import type { Clock } from '@omnitron-dev/netron/http/client';
import type { ReadPlan, Reads } from './reads.js';

/** Dependencies of fetching in the background. */
export interface BackgroundParts {
  readonly reads: Reads;
  readonly clock: Clock;
  /** Whether a failure says that the user has changed. Passed in: its module would be loaded with this one otherwise. */
  isOtherUser(error: unknown): boolean;
}

export class Background {
  readonly #parts: BackgroundParts;
  readonly #timers = new Map<string, unknown>();

  constructor(parts: BackgroundParts) {
    this.#parts = parts;
  }

  /** Fetches a read again every `ms` milliseconds. */
  keep(plan: ReadPlan, ms: number): void {
    if (this.#timers.has(plan.key)) return;
    const { reads, clock, isOtherUser } = this.#parts;
    const next = () => {
      const again = () => {
        this.#timers.delete(plan.key);
        if (reads.cache.find(plan.key) === undefined) return;
        next();
        reads.fetch(plan).catch((error: unknown) => isOtherUser(error) && this.#end(plan.key));
      };
      this.#timers.set(plan.key, clock.setTimeout(again, ms, true));
    };
    next();
  }

  /** Ends all timers. */
  close(): void {
    for (const key of [...this.#timers.keys()]) this.#end(key);
  }

  #end(key: string): void {
    this.#parts.clock.clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
  }
}
