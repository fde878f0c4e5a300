/** Values are distinguished by 10 %. */
const base = Math.log(1.1);
const buckets = 200;
/** Number of values after which older ones have half their weight. */
const fade = 1_000;

/** Estimates a quantile of positive values, with more weight on the latest: constant memory, exact to 10 %. */
export class Quantile {
  readonly #share: number;
  readonly #counts = new Float64Array(buckets);
  #total = 0;

  /** @param share from 0 to 1: 0.95 for the value that 95 % do not exceed */
  constructor(share: number) {
    this.#share = share;
  }

  /** Number of values, with older ones counting less. */
  get size(): number {
    return this.#total;
  }

  add(value: number): void {
    const index = Math.min(buckets - 1, Math.max(0, Math.ceil(Math.log(value * 100) / base)));
    this.#counts[index] = (this.#counts[index] as number) + 1;
    this.#total += 1;
    if (this.#total < fade) return;
    this.#total = 0;
    for (const [at, count] of this.#counts.entries()) this.#total += this.#counts[at] = count / 2;
  }

  /** Returns the value that `share` of those added do not exceed; 0 before the first. */
  value(): number {
    let left = this.#share * this.#total;
    for (const [index, count] of this.#counts.entries()) {
      left -= count;
      if (left <= 0 && this.#total > 0) return Math.exp(index * base) / 100;
    }
    return 0;
  }
}
