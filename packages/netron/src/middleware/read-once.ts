/** Maximum number of objects that are searched; arguments with more count as read once. */
const maxObjects = 10_000;

/**
 * Whether arguments contain a stream or an iterator, at any depth: its items are gone after they were sent, so the call cannot be
 * retried. The search does not read from it. Arguments with more than 10,000 objects count as read once.
 */
export function readOnce(args: readonly unknown[]): boolean {
  const seen = new Set<object>();
  const waiting: object[] = [];
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || seen.has(value)) return;
    seen.add(value);
    waiting.push(value);
  };
  for (const argument of args) look(argument);
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (Symbol.asyncIterator in value || value instanceof ReadableStream || isIterator(value)) return true;
    if (Array.isArray(value) || value instanceof Set) for (const item of value) look(item);
    else if (value instanceof Map) for (const pair of value) for (const item of pair) look(item);
    // Other iterables are not searched: they may be endless.
    else if (!(Symbol.iterator in value)) for (const item of Object.values(value)) look(item);
    if (seen.size > maxObjects) return true;
  }
  return false;
}

function isIterator(value: object): boolean {
  return Symbol.iterator in value && 'next' in value && typeof value.next === 'function';
}
