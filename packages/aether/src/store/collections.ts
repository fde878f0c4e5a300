import { batch } from '../reactive/batch.js';
import { journal } from '../reactive/journal.js';
import { Cells } from './cells.js';
import type { Wrap } from './objects.js';
import { unwrap } from './proxies.js';

type Collection = Map<unknown, unknown> | Set<unknown>;

/** Methods of a Map in a store, called on the proxy. */
class Facade {
  private readonly cells = new Cells();

  constructor(
    private readonly raw: Collection,
    private readonly wrap: Wrap,
    private readonly proxy: () => object,
  ) {}

  get size(): number {
    this.cells.readValue('size', this.raw.size);
    return this.raw.size;
  }

  get(given: unknown): unknown {
    const key = unwrap(given);
    const value = (this.raw as Map<unknown, unknown>).get(key);
    this.cells.readValue(keyed(key), value);
    return this.wrap(value);
  }

  has(given: unknown): boolean {
    const key = unwrap(given);
    const present = this.raw.has(key);
    this.cells.readPresence(key, present);
    return present;
  }

  set(givenKey: unknown, givenValue: unknown): object {
    const raw = this.raw as Map<unknown, unknown>;
    const key = unwrap(givenKey);
    const value = unwrap(givenValue);
    const present = raw.has(key);
    if (!present || !Object.is(raw.get(key), value)) {
      this.change(() => raw.set(key, value));
      batch(() => {
        this.cells.changed(keyed(key), value, true, true);
        this.resized(key, present, true);
      });
    }
    return this.proxy();
  }

  add(given: unknown): object {
    const value = unwrap(given);
    if (!this.raw.has(value)) {
      this.change(() => (this.raw as Set<unknown>).add(value));
      batch(() => this.resized(value, false, true));
    }
    return this.proxy();
  }

  delete(given: unknown): boolean {
    const key = unwrap(given);
    if (!this.raw.has(key)) return false;
    this.change(() => this.raw.delete(key));
    batch(() => {
      this.cells.changed(keyed(key), undefined, true, true);
      this.resized(key, true, false);
    });
    return true;
  }

  clear(): void {
    batch(() => {
      for (const key of [...this.raw.keys()]) this.delete(key);
    });
  }

  forEach(callback: (value: unknown, key: unknown, collection: object) => void, self?: unknown): void {
    for (const [key, value] of this.entries()) callback.call(self, value, key, this.proxy());
  }

  *entries(): IterableIterator<[unknown, unknown]> {
    this.cells.readAnything();
    for (const [key, value] of this.raw.entries()) yield [this.wrap(key), this.wrap(value)];
  }

  *keys(): IterableIterator<unknown> {
    this.cells.readKeys();
    for (const key of this.raw.keys()) yield this.wrap(key);
  }

  *values(): IterableIterator<unknown> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): IterableIterator<unknown> {
    return this.raw instanceof Map ? this.entries() : this.values();
  }

  private resized(key: unknown, before: boolean, present: boolean): void {
    if (before === present) return;
    this.cells.changed(key, undefined, present, before);
    this.cells.derived('size', this.raw.size);
  }

  /** Changes the collection. Undoing also restores its order. */
  private change(change: () => void): void {
    const { open } = journal;
    if (open !== undefined) {
      const { raw } = this;
      const before = [...raw.entries()];
      open.push(() => {
        raw.clear();
        for (const [key, value] of before) raw instanceof Map ? raw.set(key, value) : raw.add(value);
      });
    }
    change();
  }
}

/** Separates the cells of values from that of the size. */
const keyed = (key: unknown): unknown => (key === 'size' ? sizeKey : key);
const sizeKey = Symbol('a key named size');

/** Creates the proxy of a Map or Set. */
export function collectionProxy(raw: Collection, wrap: Wrap): object {
  const facade = new Facade(raw, wrap, () => proxy);
  const proxy: object = new Proxy(raw, {
    get(_raw, key) {
      // A Set has no `get`, and each has a constructor of its own.
      const followed = key in raw && key !== 'constructor' && Object.hasOwn(Facade.prototype, key);
      const member: unknown = followed ? Reflect.get(facade, key) : Reflect.get(raw, key, raw);
      return followed && typeof member === 'function' ? member.bind(facade) : member;
    },
  });
  return proxy;
}
