/** Milliseconds of revocations that expire together. */
const width = 1_000;

/** Sums are whole numbers below this, so that adding two of them is exact. */
const bound = 2 ** 52;

/** Revocations of one second. */
interface Second {
  count: number;
  /** Sum of their hashes. */
  sum: number;
}

/**
 * Number of revocations and sum of their hashes, updated as they are added and expire, so that reading the digest takes constant time. A
 * revocation counts until its second is over.
 */
export class RevocationDigest {
  /** By the number of the second. */
  readonly #seconds = new Map<number, Second>();
  readonly #all: Second = { count: 0, sum: 0 };
  /** The first second with revocations. */
  #first = Number.POSITIVE_INFINITY;

  /** @param text identifies a token or user @param at milliseconds since 1970 */
  add(text: string, at: number): void {
    const number = Math.floor(at / width);
    const second = this.#seconds.get(number) ?? { count: 0, sum: 0 };
    this.#seconds.set(number, second);
    this.#first = Math.min(this.#first, number);
    const mark = markOf(text + at);
    for (const each of [second, this.#all]) change(each, 1, mark);
  }

  /** Removes one that was added; one whose second is over is gone already. */
  delete(text: string, at: number): void {
    const second = this.#seconds.get(Math.floor(at / width));
    if (second === undefined) return;
    const mark = markOf(text + at);
    for (const each of [second, this.#all]) change(each, -1, -mark);
  }

  /**
   * Returns the same text for the same revocations, whatever their order. @param over revocations of this moment and before have expired
   */
  text(over: number): string {
    const last = Math.floor(over / width);
    if (this.#first < last) {
      this.#first = Number.POSITIVE_INFINITY;
      for (const [number, second] of this.#seconds) {
        if (number >= last) this.#first = Math.min(this.#first, number);
        else {
          this.#seconds.delete(number);
          change(this.#all, -second.count, -second.sum);
        }
      }
    }
    return `${this.#all.count} ${this.#all.sum}`;
  }
}

function change(second: Second, count: number, sum: number): void {
  second.count += count;
  const next = second.sum + sum;
  second.sum = next < 0 ? next + bound : next % bound;
}

/** Returns a hash below 2^48 of a text: FNV-1a twice, the second time with other constants. */
function markOf(text: string): number {
  let [high, low] = [0x811c9dc5, 0x9e3779b9];
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    high = Math.imul(high ^ unit, 0x01000193);
    low = Math.imul(low ^ unit, 0x85ebca6b);
  }
  return (high >>> 16) * 2 ** 32 + (low >>> 0);
}
