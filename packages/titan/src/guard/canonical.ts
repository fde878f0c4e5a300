/** Arguments that stand for something else than data: a function, a stream, an object of a class. */
class NoKey extends Error {}

/**
 * A text that is equal for equal data and different for different data, types included: what results are kept by. Keys of objects are sorted.
 *
 * @returns `undefined` when the data holds something that cannot be told apart by its content, or is deeper than 64 levels
 */
export function canonical(value: unknown): string | undefined {
  try {
    return write(value, 0);
  } catch (error) {
    if (error instanceof NoKey) return undefined;
    throw error;
  }
}

function write(value: unknown, depth: number): string {
  if (depth > 64) throw new NoKey();
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'bigint':
      return `${value}n`;
    case 'object':
      return value === null ? 'null' : ofObject(value, depth + 1);
    default:
      throw new NoKey();
  }
}

function ofObject(value: object, depth: number): string {
  if (Array.isArray(value)) return `[${value.map((item) => write(item, depth)).join()}]`;
  if (value instanceof Date) return `Date(${value.getTime()})`;
  if (value instanceof Map) return `Map(${[...value].map(([key, each]) => `${write(key, depth)}:${write(each, depth)}`).join()})`;
  if (value instanceof Set) return `Set(${[...value].map((each) => write(each, depth)).join()})`;
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return `${value.constructor.name}(${Buffer.from(bytes).toString('base64')})`;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) throw new NoKey();
  const record = value as Record<string, unknown>;
  return `{${Object.keys(record)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${write(record[key], depth)}`)
    .join()}}`;
}
