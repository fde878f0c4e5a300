/** Limits of `copyPlain`; the rest is left out. */
const limits = { depth: 8, entries: 1024, text: 8192 };

/**
 * Copies data: primitives, dates, bytes, and arrays and plain objects of these, without running any of its code.
 * Functions, symbols, accessors, class instances and cycles are left out. Limits: 8 levels, 1,024 entries in total,
 * strings of 8,192 characters.
 *
 * @param text applied to every string
 * @returns `undefined` for a value that is not data
 */
export function copyPlain(value: unknown, text: (text: string) => string = same): unknown {
  return new Copy(text).of(value, 0);
}

class Copy {
  readonly #text: (text: string) => string;
  #entries = 0;

  constructor(text: (text: string) => string) {
    this.#text = text;
  }

  of(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return this.#text(value.length > limits.text ? value.slice(0, limits.text) : value);
    if (typeof value === 'function' || typeof value === 'symbol') return undefined;
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof Date) return new Date(value.getTime());
    if (value instanceof Uint8Array) return value.byteLength <= limits.text ? value.slice() : undefined;
    if (depth >= limits.depth) return undefined;
    if (Array.isArray(value)) return this.#array(value, depth + 1);
    return isPlain(value) ? this.#object(value, depth + 1) : undefined;
  }

  #array(items: readonly unknown[], depth: number): unknown[] {
    const copy: unknown[] = [];
    for (let i = 0; i < items.length && this.#more(); i += 1) copy.push(this.of(dataProperty(items, String(i)), depth));
    return copy;
  }

  #object(object: object, depth: number): Record<string, unknown> {
    const copy: Record<string, unknown> = {};
    for (const key of Object.keys(object)) {
      if (!this.#more()) break;
      if (key === '__proto__') continue;
      const value = this.of(dataProperty(object, key), depth);
      if (value !== undefined) copy[key] = value;
    }
    return copy;
  }

  #more(): boolean {
    this.#entries += 1;
    return this.#entries <= limits.entries;
  }
}

/** Returns the value of an own property; `undefined` for accessors, which are not called, and for missing properties. */
export function dataProperty(object: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(object, key)?.value;
}

/** Whether `value` is a plain object, such as an object literal. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

/** Whether two values are the same data: plain objects, arrays, dates and values equal by `Object.is`; up to 16 levels. */
export function samePlain(a: unknown, b: unknown, depth = 16): boolean {
  if (Object.is(a, b)) return true;
  if (depth === 0 || typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
  if (Array.isArray(a) ? !Array.isArray(b) : Array.isArray(b) || !isPlain(a) || !isPlain(b)) return false;
  const [one, other] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => Object.hasOwn(other, key) && samePlain(one[key], other[key], depth - 1));
}

function same(text: string): string {
  return text;
}
