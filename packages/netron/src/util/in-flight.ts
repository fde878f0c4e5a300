/** Number of calls that a node answers and streams that it sends. Whoever waits for their end is notified when it is 0. */
export class InFlight {
  #size = 0;
  /** Absent while nobody waits, which is almost always. */
  #waiting: Set<() => void> | undefined;

  get size(): number {
    return this.#size;
  }

  /** Something begins. */
  add(): void {
    this.#size += 1;
  }

  /** So many have ended. */
  delete(count = 1): void {
    this.#size -= count;
    if (this.#waiting !== undefined && this.#size === 0) for (const idle of this.#waiting) idle();
  }

  /** Calls `idle` each time that nothing is in flight any more. @returns ends that */
  onIdle(idle: () => void): () => void {
    this.#waiting ??= new Set();
    this.#waiting.add(idle);
    return () => {
      this.#waiting?.delete(idle);
      if (this.#waiting?.size === 0) this.#waiting = undefined;
    };
  }
}
