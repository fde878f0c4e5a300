/** Most values that are counted; the rest is estimated from the average. */
const most = 10_000;

/** Estimates the memory of a value in bytes, when its size on the wire is unknown. */
export function weigh(value: unknown): number {
  let bytes = 0;
  let seen = 0;
  const waiting: unknown[] = [value];
  while (waiting.length > 0 && seen < most) {
    const item = waiting.pop();
    seen += 1;
    if (typeof item === 'string') bytes += 2 * item.length + 16;
    else if (typeof item !== 'object' || item === null) bytes += 8;
    else if (ArrayBuffer.isView(item)) bytes += item.byteLength + 64;
    else if (item instanceof Map) for (const [key, part] of item) waiting.push(key, part);
    else if (item instanceof Set) for (const part of item) waiting.push(part);
    else {
      const parts = Object.values(item);
      bytes += 32 + 16 * parts.length;
      for (const part of parts) waiting.push(part);
    }
  }
  // Each value still waiting takes at least this much.
  return bytes + 8 * waiting.length;
}
