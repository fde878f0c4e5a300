import { hidden, isSecretName, shown } from './secret-names.js';

/** Largest depth. */
const deepest = 5;

/** Largest number of values, of all levels together: the rest of a large graph of objects is left out. */
const most = 10_000;

/**
 * Returns a copy of a value for display: plain data that JSON can write, and errors. Looks into records, lists, maps, sets,
 * errors and class instances, five levels deep, and into the results of their `toJSON`; values with names of secrets become
 * `***`. Deeper values, and those beyond 10,000, are left out. Bytes are counted, big integers become strings. Never throws.
 */
export function withoutSecrets(value: unknown): unknown {
  return new Look().at(value, deepest);
}

/** Does the same for fields: always returns a record. Unreadable fields, and values that are not records, become the field `facts`. */
export function factsWithoutSecrets(facts: object): Record<string, unknown> {
  const safe = withoutSecrets(facts);
  return typeof safe === 'object' && safe !== null ? { ...safe } : { facts: safe };
}

/** One traversal of a graph of values. */
class Look {
  /** Objects on the path to the current one. */
  readonly #way = new Set<object>();
  #left = most;

  /** @param depth remaining levels */
  at(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case 'string':
        return shown(value);
      case 'bigint':
        return String(value);
      case 'object':
        return value === null ? null : this.#object(value, depth);
      case 'function':
        // JSON omits them, unless they have a `toJSON`.
        return undefined;
      default:
        return value;
    }
  }

  #object(value: object, depth: number): unknown {
    if (this.#way.has(value)) return '(circular)';
    if (depth === 0) return '(deeper)';
    if (this.#left <= 0) return '(more)';
    this.#way.add(value);
    try {
      return this.#inside(value, depth - 1);
    } catch {
      // A getter, a `toJSON`, or a proxy of other code.
      return '(cannot be read)';
    } finally {
      this.#way.delete(value);
    }
  }

  #inside(value: object, depth: number): unknown {
    if (ArrayBuffer.isView(value)) return `(${value.byteLength} bytes)`;
    const { toJSON } = value as { toJSON?: unknown };
    if (value instanceof Error) return this.#error(value, depth);
    if (typeof toJSON !== 'function') return this.#members(value, depth);
    // As in JSON, `toJSON` is called once, and not on its result.
    const written: unknown = toJSON.call(value);
    if (typeof written !== 'object' || written === null) return this.at(written, depth);
    return written !== value && this.#way.has(written) ? '(circular)' : this.#members(written, depth);
  }

  #members(value: object, depth: number): unknown {
    if (Array.isArray(value)) return this.#list(value, depth);
    if (value instanceof Map)
      return this.#record(
        Array.from(entriesOf.call(value), ([key, each]) => [String(key), each]),
        depth,
      );
    if (value instanceof Set) return this.#list([...valuesOf.call(value)], depth);
    if (value instanceof Error) return this.#error(value, depth);
    if (value instanceof Number || value instanceof String || value instanceof Boolean) return this.at(value.valueOf(), depth);
    return this.#record(
      Object.keys(value).map((key) => [key, readOf(value, key)]),
      depth,
    );
  }

  #list(items: readonly unknown[], depth: number): unknown[] {
    // Its `map` may be overridden, and its length larger than its number of items.
    const length = Math.min(items.length, this.#left);
    const more = items.length > length;
    this.#left -= length;
    const safe: unknown[] = [];
    for (let at = 0; at < length; at++) safe.push(this.at(items[at], depth));
    if (more) safe.push('(more)');
    return safe;
  }

  #record(entries: readonly (readonly [string, unknown])[], depth: number): object {
    this.#left -= entries.length;
    // A `toJSON` of the copy would be called again.
    const own = entries.filter(([key, each]) => !(key === 'toJSON' && typeof each === 'function'));
    return Object.fromEntries(own.map(([key, each]) => [key, this.#fact(key, each, depth)]));
  }

  /** Copies an error: it keeps its class, message, stack and cause. */
  #error(error: Error, depth: number): Error {
    // Getters of a class, as in `DOMException`, may need the original, so they are read here, too.
    const names = new Set<string>([...Object.getOwnPropertyNames(error), ...usual.filter((key) => key in error)]);
    for (const key in error) names.add(key);
    this.#left -= names.size;
    const copy = Object.create(Object.getPrototypeOf(error)) as Error;
    // As values: in some engines the stack is read from the original only.
    for (const key of names) {
      const value = readOf(error, key);
      set(copy, key, this.#fact(key, value, depth), Object.prototype.propertyIsEnumerable.call(error, key));
    }
    // Its `toJSON` may return more than its properties.
    if ('toJSON' in copy) set(copy, 'toJSON', undefined, false);
    return copy;
  }

  #fact(key: string, value: unknown, depth: number): unknown {
    return isSecretName(key) && value !== undefined && value !== null ? hidden : this.at(value, depth);
  }
}

/** Properties that readers of errors use. */
const usual = ['name', 'message', 'stack', 'cause', 'code'];

// Not those of a subclass: their iteration may be infinite.
const entriesOf: () => IterableIterator<[unknown, unknown]> = Map.prototype.entries;
const valuesOf: () => IterableIterator<unknown> = Set.prototype.values;

function set(target: object, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(target, key, { value, enumerable, writable: true, configurable: true });
}

/** Returns the value of one key, which may be a getter that throws. */
function readOf(value: object, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return '(cannot be read)';
  }
}
