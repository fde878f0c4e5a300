/** Never modified: a table grows first. */
const none: never[] = [];

/** Most tables hold few entries at a time, and each connection has several. */
const firstSlots = 4;

/**
 * Values by ids that another party chooses. A ring of slots serves consecutive ids without a changing `Map`; it grows as needed, and ids
 * that collide with an occupied slot go to a `Map`.
 */
export class IdTable<T> {
  /** Both empty until they are needed. */
  #keys: number[] = none;
  #values: (T | undefined)[] = none;
  #mask = 0;
  readonly #slots: number;
  #overflow: Map<number, T> | undefined;
  #size = 0;

  /** @param slots most slots of the ring, a power of two */
  constructor(slots = 64) {
    this.#slots = slots;
  }

  get size(): number {
    return this.#size;
  }

  get(id: number): T | undefined {
    if (this.#size === 0) return undefined;
    const slot = id & this.#mask;
    return this.#keys[slot] === id ? this.#values[slot] : this.#overflow?.get(id);
  }

  /** @returns `false`, and changes nothing, when the id is taken */
  add(id: number, value: T): boolean {
    if (this.#keys.length === 0) this.#grow(firstSlots);
    let slot = id & this.#mask;
    if (this.#keys[slot] === id || this.#overflow?.has(id)) return false;
    while (this.#keys[slot] !== -1 && this.#keys.length < this.#slots) {
      this.#grow(this.#keys.length * 2);
      slot = id & this.#mask;
    }
    if (this.#keys[slot] === -1) {
      this.#keys[slot] = id;
      this.#values[slot] = value;
    } else {
      this.#overflow ??= new Map();
      this.#overflow.set(id, value);
    }
    this.#size += 1;
    return true;
  }

  /** @returns the removed value */
  delete(id: number): T | undefined {
    const slot = id & this.#mask;
    if (this.#keys[slot] === id) {
      const value = this.#values[slot];
      this.#keys[slot] = -1;
      this.#values[slot] = undefined;
      this.#size -= 1;
      return value;
    }
    const value = this.#overflow?.get(id);
    if (this.#overflow?.delete(id)) this.#size -= 1;
    return value;
  }

  *values(): Generator<T> {
    for (let slot = 0; slot < this.#keys.length; slot += 1) if (this.#keys[slot] !== -1) yield this.#values[slot] as T;
    if (this.#overflow !== undefined) yield* this.#overflow.values();
  }

  clear(): void {
    this.#keys = none;
    this.#values = none;
    this.#overflow = undefined;
    this.#size = 0;
  }

  #grow(length: number): void {
    const [keys, values] = [this.#keys, this.#values];
    this.#mask = length - 1;
    this.#keys = new Array<number>(length).fill(-1);
    this.#values = new Array<T | undefined>(length).fill(undefined);
    for (const [slot, id] of keys.entries()) {
      if (id === -1) continue;
      this.#keys[id & this.#mask] = id;
      this.#values[id & this.#mask] = values[slot];
    }
  }
}
