/** Calls without an answer yet: a slot each, and a free list of slots. */
export class Pending {
  #resolves = [];
  #rejects = [];
  #free = [];

  /** @param {(id: number) => void} send @returns {Promise<any>} */
  call(send) {
    return new Promise((resolve, reject) => {
      const id = this.#free.length > 0 ? this.#free.pop() : this.#resolves.length;
      this.#resolves[id] = resolve;
      this.#rejects[id] = reject;
      send(id);
    });
  }

  /** @param {number} id @param {unknown} value */
  settle(id, value) {
    const resolve = this.#resolves[id];
    if (resolve === undefined) throw new Error(`nobody waits for ${id}`);
    this.#resolves[id] = undefined;
    this.#rejects[id] = undefined;
    this.#free.push(id);
    resolve(value);
  }

  /** @param {Error} error */
  failAll(error) {
    for (const reject of this.#rejects) reject?.(error);
    this.#resolves = [];
    this.#rejects = [];
    this.#free = [];
  }
}
