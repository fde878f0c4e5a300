/** Places that one peer is connected to: one, or a list of which any will do, from a random one on. */
export class DialTargets {
  readonly #all: readonly (string | object)[];
  #at: number;

  constructor(target: string | object | readonly string[], random: () => number) {
    this.#all = Array.isArray(target) ? (target as readonly string[]) : [target];
    // Many programs have the same list.
    this.#at = this.#all.length === 1 ? 0 : Math.floor(random() * this.#all.length);
  }

  get current(): string | object {
    return this.#all[this.#at % this.#all.length] as string | object;
  }

  /** Goes on to the next place. */
  next(): void {
    this.#at += 1;
  }

  /**
   * Makes one attempt: at each place, until one takes it.
   *
   * @param ends whether nothing else is to be tried after an error
   * @throws the error of the last
   */
  async anywhere(attempt: () => Promise<void>, ends: (error: unknown) => boolean): Promise<void> {
    for (let left = this.#all.length - 1; ; left -= 1) {
      try {
        return await attempt();
      } catch (error) {
        if (left === 0 || ends(error)) throw error;
        this.next();
      }
    }
  }
}
