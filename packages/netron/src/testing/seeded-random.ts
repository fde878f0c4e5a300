/** Random numbers from a seed: the same seed gives the same numbers in every runtime. Not for secrets. */
export class SeededRandom {
  readonly seed: string;
  readonly #state: Uint32Array;

  /** @param seed any number or string */
  constructor(seed: number | string) {
    this.seed = String(seed);
    this.#state = new Uint32Array([...hashes(this.seed), 1]);
    for (let round = 0; round < 12; round += 1) this.#next();
  }

  /** Returns another source, which depends only on this one's seed and on `name`, not on numbers generated before. */
  fork(name: number | string): SeededRandom {
    return new SeededRandom(`${this.seed}/${name}`);
  }

  /** Returns a number from 0 to below 1. Bound, so that it can be passed as the option `random`. */
  readonly number = (): number => (this.#next() * 2 ** 21 + (this.#next() >>> 11)) / 2 ** 53;

  /** Returns bytes. Bound, so that it can be passed as the option `randomBytes`. */
  readonly bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => this.#next() & 0xff);

  /** Returns a whole number from `least` to `most`, both included. */
  integer(least: number, most: number): number {
    return least + Math.floor(this.number() * (most - least + 1));
  }

  /** Returns `true` with the given probability. */
  chance(probability: number): boolean {
    return this.number() < probability;
  }

  /** Returns one of `choices`. */
  pick<T>(choices: readonly T[]): T {
    if (choices.length === 0) throw new RangeError('pick: choices must not be empty');
    return choices[this.integer(0, choices.length - 1)] as T;
  }

  /** Returns 32 bits by sfc32 (Chris Doty-Humphrey's small fast counting generator). */
  #next(): number {
    const state = this.#state as unknown as [number, number, number, number];
    const [a, b, c, counter] = state;
    const result = (a + b + counter) >>> 0;
    state[3] = counter + 1;
    state[0] = b ^ (b >>> 9);
    state[1] = c + (c << 3);
    state[2] = ((c << 21) | (c >>> 11)) + result;
    return result;
  }
}

/** Returns three 32-bit words derived from a text, by FNV-1a. */
function hashes(text: string): number[] {
  return [0x811c9dc5, 0x01000193, 0x9e3779b9].map((start) => {
    let hash = start;
    for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    return hash >>> 0;
  });
}
