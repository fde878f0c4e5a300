import { hidden, isSecretName, shown } from './secret-names.js';

/** Levels that are looked into. */
const deepest = 5;

/** Values that are looked at, of all levels together: the rest of a large graph of objects is left out. */
const most = 10_000;

/**
 * A copy of facts as they may be shown, itself where nothing has to be hidden. Records, lists, maps, sets, errors and objects of classes are looked into, five
 * levels deep; what has the name of a secret is `***`. What is deeper, or beyond 10,000 values, is left out. Never throws.
 */
export function withoutSecrets<T>(facts: T): T {
  return new Look().at(facts, deepest) as T;
}

/** One look at a graph of values. */
class Look {
  /** Objects on the way to the present one. */
  readonly #way = new Set<object>();
  #left = most;

  /** @param depth levels that may still be looked into */
  at(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return shown(value);
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
    if (this.#way.has(value)) return '(circular)';
    if (depth === 0) return '(deeper)';
    if (this.#left <= 0) return '(more)';
    this.#way.add(value);
    try {
      return this.#inside(value, depth - 1);
    } catch {
      // A getter, or a proxy, of somebody else.
      return '(cannot be read)';
    } finally {
      this.#way.delete(value);
    }
  }

  #inside(value: object, depth: number): unknown {
    if (Array.isArray(value)) return this.#list(value, depth);
    if (value instanceof Map)
      return this.#record(Object.fromEntries([...value].map(([key, each]) => [String(key), each])), depth);
    if (value instanceof Set) return this.#list([...value], depth);
    if (value instanceof Error) return this.#error(value, depth);
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON !== 'function') return this.#record(value, depth);
    const written: unknown = toJSON.call(value);
    const safe = typeof written === 'object' && written !== null ? this.#inside(written, depth) : this.at(written, depth);
    return safe === written ? value : safe;
  }

  #list(items: readonly unknown[], depth: number): readonly unknown[] {
    this.#left -= items.length;
    const safe = items.map((item) => this.at(item, depth));
    return safe.some((item, index) => !Object.is(item, items[index])) ? safe : items;
  }

  #record(value: object, depth: number): object {
    const entries = Object.entries(value);
    this.#left -= entries.length;
    let copy: object | undefined;
    for (const [key, each] of entries) {
      const safe = this.#fact(key, each, depth);
      if (Object.is(safe, each)) continue;
      copy ??= Object.fromEntries(entries);
      set(copy, key, safe, true);
    }
    return copy ?? value;
  }

  /** An error stays one of its class, with text, stack and cause. */
  #error(error: Error, depth: number): Error {
    const names = Object.getOwnPropertyNames(error) as (keyof Error)[];
    this.#left -= names.length;
    const safe = names.map((key) => this.#fact(key, error[key], depth));
    if (safe.every((value, index) => Object.is(value, error[names[index] as keyof Error]))) return error;
    const copy = Object.create(Object.getPrototypeOf(error)) as Error;
    // As values: in some engines the stack is read from the original only.
    for (const [index, key] of names.entries())
      set(copy, key, safe[index], Object.prototype.propertyIsEnumerable.call(error, key));
    return copy;
  }

  #fact(key: string, value: unknown, depth: number): unknown {
    return isSecretName(key) && value !== undefined && value !== null ? hidden : this.at(value, depth);
  }
}

function set(target: object, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(target, key, { value, enumerable, writable: true, configurable: true });
}
