/** Memory of a node for data that its connections are receiving, with one limit for all of them. */

/** Bytes that each connection may use in addition, so that one that receives little never waits for others. */
const free = 64 * 1024;

/** The limit of a node. */
export class ReceiveBudget {
  readonly limit: number;
  /** Bytes in use, without those that are free. */
  used = 0;

  constructor(limit: number) {
    this.limit = limit;
  }
}

/** The share of one connection. */
export class ReceiveAccount {
  readonly #budget: ReceiveBudget;
  #held = 0;

  constructor(budget: ReceiveBudget) {
    this.#budget = budget;
  }

  /** Bytes that this connection uses. */
  get held(): number {
    return this.#held;
  }

  /** Takes `bytes`; returns `false`, and takes nothing, when the node has no more. */
  take(bytes: number): boolean {
    const budget = this.#budget;
    const charged = chargeOf(this.#held + bytes) - chargeOf(this.#held);
    if (budget.used + charged > budget.limit) return false;
    this.#held += bytes;
    budget.used += charged;
    return true;
  }

  /** Returns `bytes`. */
  give(bytes: number): void {
    this.#budget.used -= chargeOf(this.#held) - chargeOf(this.#held - bytes);
    this.#held -= bytes;
  }

  /** Returns everything. */
  close(): void {
    this.give(this.#held);
  }
}

function chargeOf(held: number): number {
  return Math.max(0, held - free);
}
