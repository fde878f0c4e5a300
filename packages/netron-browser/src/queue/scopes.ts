/** Runs work in scopes: one run of each scope at a time, and one more when it was requested again meanwhile. */
export class Scopes {
  readonly #work: (owner: string, scope: string) => Promise<void>;
  readonly #running = new Set<string>();
  readonly #again = new Set<string>();

  /** @param work sends the waiting calls; its failures are ignored */
  constructor(work: (owner: string, scope: string) => Promise<void>) {
    this.#work = work;
  }

  /** Runs a scope of a user, independent of the same scope of other users. */
  run(owner: string, scope: string): void {
    const name = JSON.stringify([owner, scope]);
    if (this.#running.has(name)) {
      this.#again.add(name);
      return;
    }
    this.#running.add(name);
    const over = () => {
      this.#running.delete(name);
      if (this.#again.delete(name)) this.run(owner, scope);
    };
    this.#work(owner, scope).then(over, over);
  }
}
