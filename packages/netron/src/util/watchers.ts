/** Functions that are called after each change of something. Allocates no memory before the first one, which is rare. */
export class Watchers {
  #looks: Set<() => void> | undefined;

  /** Calls `look` after each change. @returns a function that stops it */
  add(look: () => void): () => void {
    this.#looks ??= new Set();
    const looks = this.#looks;
    looks.add(look);
    return () => looks.delete(look);
  }

  /** Notifies the watchers. */
  changed(): void {
    if (this.#looks !== undefined) for (const look of this.#looks) look();
  }
}
