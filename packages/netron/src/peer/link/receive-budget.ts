/** Memory that a node takes for what its connections are receiving: one bound for all of them together. */

/** Bytes that each connection may take besides, so that those which receive little never wait for those which receive much. */
const free = 64 * 1024;

/** Bound of a node. */
export class ReceiveBudget {
  readonly limit: number;
  /** Bytes taken, without those that come free. */
  used = 0;

  constructor(limit: number) {
    this.limit = limit;
  }
}

/** Share of one connection in the bound of its node. */
export class ReceiveAccount {
  readonly #budget: ReceiveBudget;
  #held = 0;

  constructor(budget: ReceiveBudget) {
    this.#budget = budget;
  }

  /** Bytes that this connection takes. */
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

  /** Gives `bytes` back. */
  give(bytes: number): void {
    this.#budget.used -= chargeOf(this.#held) - chargeOf(this.#held - bytes);
    this.#held -= bytes;
  }

  /** Gives everything back. */
  close(): void {
    this.give(this.#held);
  }
}

function chargeOf(held: number): number {
  return Math.max(0, held - free);
}
