/** Number of slots of a window: a sum forgets a tenth of its window at a time. */
const slots = 10;

/** A sum over the last milliseconds of a monotonic clock, kept in ten slots: constant memory, however much is added. */
export class RollingSum {
  readonly #width: number;
  readonly #sums = new Float64Array(slots);
  #slot = 0;
  /** Index of the current slot, and the time at which it ends. */
  #index = 0;
  #end = 0;
  #total = 0;

  /** @param window milliseconds, above 0 */
  constructor(window: number) {
    this.#width = window / slots;
  }

  add(now: number, amount = 1): void {
    if (now >= this.#end) this.#advance(now);
    this.#sums[this.#index] = (this.#sums[this.#index] as number) + amount;
    this.#total += amount;
  }

  /** Returns the sum over the window that ends at `now`; up to a tenth of it may be missing. */
  total(now: number): number {
    if (now >= this.#end) this.#advance(now);
    return this.#total;
  }

  clear(): void {
    this.#sums.fill(0);
    this.#total = 0;
  }

  #advance(now: number): void {
    const slot = Math.floor(now / this.#width);
    const passed = slot - this.#slot;
    this.#slot = slot;
    this.#index = slot % slots;
    this.#end = (slot + 1) * this.#width;
    if (passed >= slots) {
      this.clear();
      return;
    }
    for (let index = slot - passed + 1; index <= slot; index += 1) {
      this.#total -= this.#sums[index % slots] as number;
      this.#sums[index % slots] = 0;
    }
  }
}
