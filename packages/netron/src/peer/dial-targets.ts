/** Addresses of one peer: a single one, or a list that is tried from a random position on. */
export class DialTargets {
  readonly #all: readonly (string | object)[];
  #at: number;

  constructor(target: string | object | readonly string[], random: () => number) {
    this.#all = Array.isArray(target) ? (target as readonly string[]) : [target];
    // Many programs have the same list: a random start spreads them.
    this.#at = this.#all.length === 1 ? 0 : Math.floor(random() * this.#all.length);
  }

  get current(): string | object {
    return this.#all[this.#at % this.#all.length] as string | object;
  }

  /** Moves to the next address. */
  next(): void {
    this.#at += 1;
  }

  /**
   * Makes one attempt at each address until one succeeds.
   *
   * @param ends whether an error ends the attempts
   * @throws the error of the last attempt
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
