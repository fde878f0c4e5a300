/** Data that callers share. */
export interface SharedData {
  /** Frozen. */
  readonly value: unknown;
  /** Whether it contains dates or bytes, which cannot be frozen: each caller gets a copy. */
  readonly copied: boolean;
  /** Approximate length as text. */
  readonly size: number;
}

/** A cached result, linked to those that were used before and after it. */
export interface Kept extends Omit<SharedData, 'size'> {
  /** Key of a member and a caller. */
  readonly scope: string;
  readonly args: string;
  /** Milliseconds on the clock of the cache. */
  readonly until: number;
  readonly bytes: number;
  readonly tags: readonly string[];
  newer: Kept | undefined;
  older: Kept | undefined;
}

/** Overhead of an entry in bytes, besides its texts and its value: the entry, its places in the tables, and those of its caller. */
const ofEntry = 512;

/** Results in memory, up to a limit of bytes; the least recently used are evicted first. */
export class KeptResults {
  readonly #maxBytes: number;
  /** Results by scope, then by arguments: there are few scopes, and their texts repeat. */
  readonly #scopes = new Map<string, Map<string, Kept>>();
  /** Last scope, and its results: calls of one caller are often consecutive. */
  #scope: string | undefined;
  #ofScope: Map<string, Kept> | undefined;
  readonly #byTag = new Map<string, Set<Kept>>();
  #newest: Kept | undefined;
  #oldest: Kept | undefined;
  #entries = 0;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Number of entries and bytes. */
  get size(): { readonly entries: number; readonly bytes: number } {
    return { entries: this.#entries, bytes: this.#bytes };
  }

  /** Returns a cached result, and marks it as used. */
  find(scope: string, args: string): Kept | undefined {
    const kept = this.#of(scope)?.get(args);
    if (kept !== undefined && kept !== this.#newest) {
      this.#unlink(kept);
      this.#link(kept);
    }
    return kept;
  }

  #of(scope: string): Map<string, Kept> | undefined {
    if (this.#scope !== scope) {
      this.#scope = scope;
      this.#ofScope = this.#scopes.get(scope);
    }
    return this.#ofScope;
  }

  /** Stores a result, unless it is larger than the limit. */
  keep(scope: string, args: string, { value, copied, size }: SharedData, until: number, tags: readonly string[]): void {
    const bytes = ofEntry + (scope.length + args.length + size) * 2;
    if (bytes > this.#maxBytes) return;
    const of = this.#scopes.get(scope) ?? new Map<string, Kept>();
    const before = of.get(args);
    if (before) this.drop(before);
    this.#scopes.set(scope, of);
    this.#scope = undefined;
    const kept: Kept = { scope, args, value, copied, until, bytes, tags, newer: undefined, older: undefined };
    of.set(args, kept);
    this.#link(kept);
    this.#entries += 1;
    this.#bytes += bytes;
    for (const tag of tags) this.#byTag.set(tag, (this.#byTag.get(tag) ?? new Set()).add(kept));
    while (this.#bytes > this.#maxBytes && this.#oldest) this.drop(this.#oldest);
  }

  /** Removes every result that has one of the tags. */
  forget(tags: readonly string[]): void {
    for (const tag of tags) for (const kept of [...(this.#byTag.get(tag) ?? [])]) this.drop(kept);
  }

  /** Removes all results. */
  clear(): void {
    while (this.#oldest) this.drop(this.#oldest);
  }

  /** Removes one result. */
  drop(kept: Kept): void {
    const of = this.#scopes.get(kept.scope);
    of?.delete(kept.args);
    if (of?.size === 0) {
      this.#scopes.delete(kept.scope);
      this.#scope = undefined;
    }
    this.#unlink(kept);
    this.#entries -= 1;
    this.#bytes -= kept.bytes;
    for (const tag of kept.tags) {
      const tagged = this.#byTag.get(tag);
      tagged?.delete(kept);
      if (tagged?.size === 0) this.#byTag.delete(tag);
    }
  }

  #link(kept: Kept): void {
    kept.older = this.#newest;
    if (this.#newest) this.#newest.newer = kept;
    this.#newest = kept;
    this.#oldest ??= kept;
  }

  #unlink(kept: Kept): void {
    if (kept.newer) kept.newer.older = kept.older;
    else this.#newest = kept.older;
    if (kept.older) kept.older.newer = kept.newer;
    else this.#oldest = kept.newer;
    kept.newer = undefined;
    kept.older = undefined;
  }
}

/** Prepares data for sharing; `undefined` for values that are not plain data, or too deep, and must not be cached. */
export function share(value: unknown): SharedData | undefined {
  const size = sizeOf(value);
  if (size === undefined) return undefined;
  const own = copyOf(value);
  return { value: freeze(own), copied: own !== value, size };
}

/** Returns shared data for one caller. */
export const forOne = ({ value, copied }: Omit<SharedData, 'size'>): unknown => (copied ? copyOf(value) : value);

/**
 * Returns the approximate length of data as text; `undefined` for other values. An object is data if all its members are
 * enumerable values with string keys, a list if it has only items: `freeze` and `copyOf` reach no other members, and
 * accessors could change frozen data.
 */
function sizeOf(value: unknown, depth = 0): number | undefined {
  if (depth > 64) return undefined;
  if (typeof value === 'string') return value.length + 2;
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  if (typeof value !== 'object' || value === null) return 8;
  if (ArrayBuffer.isView(value)) return value.byteLength;
  const keys = Reflect.ownKeys(value);
  if (value instanceof Date) return keys.length === 0 ? 8 : undefined;
  const prototype = Object.getPrototypeOf(value);
  const list = Array.isArray(value);
  // The indices come first, then the length, then all other keys.
  if (list ? keys.pop() !== 'length' : prototype !== null && prototype !== Object.prototype) return undefined;
  let sum = 2;
  for (const key of keys) {
    const member = Reflect.getOwnPropertyDescriptor(value, key);
    if (typeof key !== 'string' || !member?.enumerable || !('value' in member)) return undefined;
    const size = sizeOf(member.value, depth + 1);
    if (size === undefined) return undefined;
    sum += size + (list ? 0 : key.length + 2);
  }
  return sum;
}

/** Freezes data with all its parts: a frozen object may have parts that are not frozen. */
function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  for (const each of Object.values(value)) freeze(each);
  return Object.freeze(value);
}

/** Returns a copy of data with dates or bytes, which freezing does not protect, otherwise the data itself. */
function copyOf<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return new Date(value) as T;
  if (ArrayBuffer.isView(value)) return copyOfBytes(value) as T;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (Array.isArray(value)) {
    const items: unknown[] = value.map(copyOf);
    return items.every((item, at) => item === value[at]) ? value : (Object.freeze(items) as T);
  }
  const members = Object.entries(value).map(([key, item]) => [key, copyOf(item)] as const);
  if (members.every(([key, item]) => item === (value as Record<string, unknown>)[key])) return value;
  const copy: object = Object.fromEntries(members);
  return Object.freeze(prototype === null ? Object.setPrototypeOf(copy, null) : copy) as T;
}

/** Buffers of Node would share their bytes with a slice of their own. */
const copyOfBytes = (bytes: ArrayBufferView): ArrayBufferView =>
  bytes instanceof DataView
    ? new DataView(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
    : (Uint8Array.prototype.slice.call(bytes) as ArrayBufferView);
