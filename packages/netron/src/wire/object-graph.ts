/** Containers of one value in the order in which they start, for cycles and shared objects. */
export class ObjectGraph {
  #numbers: Map<object, number> | undefined;
  #objects: object[] = [];

  /** Prepares for another value. */
  clear(): void {
    if (this.#objects.length === 0) return;
    this.#numbers = undefined;
    this.#objects = [];
  }

  /** Adds a container that starts; returns its number when it occurred before. */
  add(object: object): number | undefined {
    this.#numbers ??= new Map();
    const known = this.#numbers.get(object);
    if (known !== undefined) return known;
    this.#numbers.set(object, this.#objects.push(object) - 1);
    return undefined;
  }

  /** Removes a container that has started, and those after it. */
  retract(object: object): void {
    const from = this.#numbers?.get(object);
    if (from === undefined) return;
    for (const later of this.#objects.splice(from)) this.#numbers?.delete(later);
  }
}
