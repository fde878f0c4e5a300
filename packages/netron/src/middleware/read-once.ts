/** Values looked at, at most; what has more counts as read once. */
const mostValues = 10_000;

/** Whether arguments contain a stream, at any depth: its items are gone once they were sent, so the call cannot be made again. */
export function readOnce(args: readonly unknown[]): boolean {
  const seen = new Set<object>();
  const waiting: unknown[] = [...args];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || seen.has(value)) continue;
    if (Symbol.asyncIterator in value || value instanceof ReadableStream) return true;
    seen.add(value);
    const inner = Symbol.iterator in value ? [...(value as Iterable<unknown>)].flat() : Object.values(value);
    if (seen.size + waiting.length + inner.length > mostValues) return true;
    waiting.push(...inner);
  }
  return false;
}
