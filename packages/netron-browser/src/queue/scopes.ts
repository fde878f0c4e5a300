/** Work in scopes: at most one run of each at a time, and one more when something has come meanwhile. */
export class Scopes {
  readonly #work: (owner: string, scope: string) => Promise<void>;
  readonly #running = new Set<string>();
  readonly #again = new Set<string>();

  /** @param work sends what waits; what it fails with is told to nobody */
  constructor(work: (owner: string, scope: string) => Promise<void>) {
    this.#work = work;
  }

  /** Runs a scope of a user, apart from the same scope of others. */
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
