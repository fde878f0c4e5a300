/**
 * Reuses the parts of an old value that equal those of a new one, so that a comparison by identity sees only what changed.
 * Compares plain objects, arrays, dates, Maps, Sets, bytes and URLs; any other value is taken from `now` as it is.
 *
 * @returns `before` when all of it equals `now`; otherwise `now` with the equal parts of `before` in it. `now` must not be in
 * use elsewhere: parts of it are replaced
 */
export function share<T>(before: unknown, now: T): T {
  return shared(before, now, 0) as T;
}

/** Deepest level that is compared. */
const deepest = 64;

function shared(before: unknown, now: unknown, depth: number): unknown {
  if (Object.is(before, now)) return before;
  if (typeof before !== 'object' || typeof now !== 'object' || before === null || now === null) return now;
  const prototype: unknown = Object.getPrototypeOf(now);
  if (prototype !== Object.getPrototypeOf(before) || depth === deepest) return now;
  if (Array.isArray(now)) return shareArray(before as unknown[], now, depth + 1);
  if (prototype === Object.prototype || prototype === null) {
    return shareRecord(before as Record<string, unknown>, now as Record<string, unknown>, depth + 1);
  }
  if (now instanceof Map) return shareMap(before as Map<unknown, unknown>, now, depth + 1);
  return equalLeaf(before, now) ? before : now;
}

function shareArray(before: readonly unknown[], now: unknown[], depth: number): unknown {
  let same = before.length === now.length;
  for (let index = 0; index < now.length; index++) {
    const item = shared(before[index], now[index], depth);
    if (item !== now[index]) now[index] = item;
    if (same && !Object.is(item, before[index])) same = false;
  }
  return same ? before : now;
}

function shareRecord(before: Record<string, unknown>, now: Record<string, unknown>, depth: number): unknown {
  const keys = Object.keys(now);
  let same = Object.keys(before).length === keys.length;
  for (const key of keys) {
    if (!Object.hasOwn(before, key)) {
      same = false;
      continue;
    }
    const was = before[key];
    const item = shared(was, now[key], depth);
    if (item !== now[key]) now[key] = item;
    if (same && !Object.is(item, was)) same = false;
  }
  return same ? before : now;
}

function shareMap(before: ReadonlyMap<unknown, unknown>, now: Map<unknown, unknown>, depth: number): unknown {
  let same = before.size === now.size;
  const order = before.keys();
  for (const [key, item] of now) {
    const was = before.get(key);
    const kept = before.has(key) ? shared(was, item, depth) : item;
    if (kept !== item) now.set(key, kept);
    if (same && (!Object.is(kept, was) || !Object.is(order.next().value, key))) same = false;
  }
  return same ? before : now;
}

/** Compares dates, Sets, bytes and URLs, which are equal as a whole or not at all. */
function equalLeaf(before: object, now: object): boolean {
  if (now instanceof Date) return Object.is(now.getTime(), (before as Date).getTime());
  if (now instanceof URL) return now.href === (before as URL).href;
  if (now instanceof Set) return equalSet(before as Set<unknown>, now);
  if (!ArrayBuffer.isView(now)) return false;
  const a = bytesOf(before as ArrayBufferView);
  const b = bytesOf(now);
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function equalSet(before: ReadonlySet<unknown>, now: ReadonlySet<unknown>): boolean {
  if (before.size !== now.size) return false;
  const order = before.values();
  for (const item of now) if (!Object.is(item, order.next().value)) return false;
  return true;
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
