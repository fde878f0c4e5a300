/** Functions that look at something after each of its changes. It takes no memory until somebody looks, which is almost never. */
export class Watchers {
  #looks: Set<() => void> | undefined;

  /** Calls `look` after each change. @returns ends that */
  add(look: () => void): () => void {
    this.#looks ??= new Set();
    const looks = this.#looks;
    looks.add(look);
    return () => looks.delete(look);
  }

  /** Something has changed. */
  changed(): void {
    if (this.#looks !== undefined) for (const look of this.#looks) look();
  }
}
