/** Assigns stable numbers to objects. */
export class Numbers {
  readonly #known = new WeakMap<object, number>();
  #next = 1;

  of(object: object): number {
    let number = this.#known.get(object);
    if (number === undefined) {
      number = this.#next++;
      this.#known.set(object, number);
    }
    return number;
  }
}
